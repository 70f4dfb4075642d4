# weir user, token, audit: accounts from the command line; what is asked is logged and counted.
. tests/lib.sh
export WEIR_CONFIG=$SCRATCH/weir.yaml TZ=UTC
cd "$SCRATCH"
cat >weir.yaml <<YAML
time_zone: UTC
store: $SCRATCH/store
state: $SCRATCH/state
customers: $SCRATCH/customers.xml
quota:
  queries: 3
YAML
cat >customers.xml <<'XML'
<customers>
  <customer id="1001" name="A"><cidr address="10.0.0.0" bits="24"/></customer>
  <customer id="1002" name="B"><cidr address="10.0.1.0" bits="24"/></customer>
</customers>
XML
weir() { "$WEIR" "$@" 2>&1; }

# -- accounts ---------------------------------------------------------------------------------------------
ok 'an account with a password' sh -c "echo 'correct horse' | '$WEIR' user add otto --role operator --password-stdin"
ok 'a customer of two' sh -c "echo 'correct horse' | '$WEIR' user add alice --customer 1001 --customer 1002 --password-stdin"
ok 'one by PAM' "$WEIR" user add ldap --role admin --pam
is 'they are listed' "$(weir user list | awk '{ print $1, $2, $3, $4, $5, $NF }')" 'name role log-in code state customers
alice customer password no open 1001,1002
ldap admin pam no open never
otto operator password no open never'
is 'twice is refused' "$(weir user add OTTO --role admin --no-password)" 'weir: user: OTTO: there is an account "OTTO" already'
is 'a short password is refused' "$(echo short | weir user password otto --password-stdin)" 'weir: user: otto: a password has 10 to 1024 bytes'
is 'no terminal to ask' "$(weir user password otto </dev/null)" 'weir: user: there is no terminal to ask for the password (--password-stdin, --pam or --no-password)'
is 'an unknown role' "$(weir user add x --role king --no-password | head -1)" 'weir: user: "king" is no role: guest, customer, operator, admin'
is 'a customer of none' "$(weir user add x --role customer --no-password)" 'weir: user: x: an account of role customer needs the id of a customer'
is 'an unknown account' "$(weir user disable nobody)" 'weir: user: nobody: there is no such account'
has 'a second factor' "$(weir user totp alice)" 'otpauth://totp/weir:alice?secret='
ok 'disabled' "$WEIR" user disable otto
is 'shown' "$(weir user list --json | grep -c '"disabled": true')" 1
status 'usage' 2 "$WEIR" user add
status 'no verb' 2 "$WEIR" user dance
status 'help' 0 "$WEIR" user --help
ok 'removed' "$WEIR" user remove ldap

# -- tokens ------------------------------------------------------------------------------------------------
token=$(weir token add alice --customer 1001 --expires 30d --comment nightly)
is 'a token is shown once' "$(grep -cE '^weir_[0-9a-f]{12}_[A-Za-z0-9_-]{43}$' <<<"$token")" 1
id=${token:5:12}
has 'and listed without its secret' "$(weir token list)" "$id  alice                open"
is 'nowhere in the state folder' "$(grep -rlF "${token:18}" state | wc -l)" 0
is 'not beyond its account' "$(weir token add alice --customer 1003)" 'weir: token: alice: the account "alice" has no customer "1003"'
is 'an age is wanted' "$(weir token add alice --expires soon | head -1)" 'weir: token: --expires "soon": wanted an age like 36h, 90d, 8w or 2y'
ok 'revoked' "$WEIR" token revoke "$id"
has 'shown so' "$(weir token list alice)" "$id  alice                revoked"
is 'unknown' "$(weir token revoke 000000000000)" 'weir: token: 000000000000: there is no such token'

# -- what is asked is logged and counted --------------------------------------------------------------------
ok 'a store' "$WEIR" store init
ok 'the operator asks' "$WEIR" top traffic ipsource,bytes
for i in 1 2 3; do ok "a customer asks ($i)" "$WEIR" top --customer 1001 traffic ipsource,bytes; done
for i in 1 2 3; do "$WEIR" top --customer 1001 traffic bytes >/dev/null 2>&1; done # beyond it: told in the log once an hour
has 'its quota ends' "$(weir top --customer 1001 traffic bytes)" "weir: top: this hour's quota is used up (queries: 3 of 3); free again in"
printf 'quotas: [ { customer: "1001", queries: 0 } ]\n' | cat weir.yaml - >other.yaml
ok 'but for who has another bound' "$WEIR" top -c other.yaml --customer 1001 traffic bytes
ok "another's does not" "$WEIR" top --customer 1002 traffic bytes
echo 'println(Query.topN("traffic", "ipsource,bytes", "", "today", "bytes", 5).nrows)' >ask.js
ok 'a script asks' "$WEIR" query --customer 1002 -input x=1 ask.js
has 'a script that is refused' "$(weir query --customer 1001 ask.js)" "this hour's quota is used up"
# Other bounds, of other customers: rows that were given out, and processor time, the script's own included.
cat >bounds.yaml <<YAML
$(grep -v quota: weir.yaml | grep -v 'queries: 3')
quotas: [ { customer: "1003", rows: 1 }, { customer: "1004", cpu_ms: 400 } ]
YAML
sed -i 's|</customers>|<customer id="1003"/><customer id="1004"/></customers>|' customers.xml
echo 'for (var i = 0, s = 0; i < 2e8; i++) s += i % 7; println(s > 0)' >burn.js
ok 'a customer of few rows asks' "$WEIR" top -c bounds.yaml --customer 1003 traffic bytes
has 'and has had them' "$(weir top -c bounds.yaml --customer 1003 traffic bytes)" "this hour's quota is used up (rows: 1 of 1)"
ok 'a customer of little time asks' "$WEIR" query -c bounds.yaml --customer 1004 burn.js
has "and has had it, by its script's work" "$(weir query -c bounds.yaml --customer 1004 burn.js)" "this hour's quota is used up (cpu_ms: "
is 'all of it stands in the log' "$(weir audit show -n 0 | awk '$5 < 1003 && ($7 == "top" || $7 == "query") { print $4, $5, $7 }' | sort | uniq -c | awk '{ $1 = $1; print }')" '1 customer 1001 query
5 customer 1001 top
1 customer 1002 query
1 customer 1002 top
1 operator - top'
for c in "trend traffic time,bytes" "export traffic" reconcile "hosts 10.0.0.1"; do
  ok "weir ${c%% *} is logged, too" sh -c "'$WEIR' $c >/dev/null && '$WEIR' audit show -n 1 | tail -1 | grep -q ' ${c%% *} '"
done
is 'with how many rows were given' "$(weir audit show --customer 1003 --action top -n 2 | awk 'NR == 2 { print $8 }')" 1
has 'with what was asked' "$(weir audit show --customer 1002 --action query)" 'ask.js x=1'
is 'by account' "$(weir audit show --who nobody | wc -l)" 1
has 'for machines' "$(weir audit show --json --customer 1001 -n 1)" '"outcome":"this hour'

# -- the chain ------------------------------------------------------------------------------------------------
head=$(weir audit verify | sed -n 's/^head //p')
has 'the chain holds' "$(weir audit verify)" 'each as it was written'
ok 'more rows' "$WEIR" top traffic bytes
ok 'the head that was kept is in it' "$WEIR" audit verify --head "$head"
ok 'an empty log has a head, too' "$WEIR" audit verify --state empty --head "$(weir audit verify --state empty | sed -n 's/^head //p')"
status 'a head that is none' 2 "$WEIR" audit verify --head 1:xyz
has 'another log shows' "$(weir audit verify --head "${head%?}$(tr 0-9a-f 1-9a-f0 <<<"${head: -1}")")" 'is not the one whose hash was kept'
is 'no state folder' "$(echo 'time_zone: UTC' >none.yaml; weir audit verify -c none.yaml)" 'weir: audit: there is no state folder (--state DIR, or state: in the configuration)'
chmod -x state 2>/dev/null
if [ "$(id -u)" != 0 ]; then
  has 'what cannot be logged is not asked' "$(weir top traffic bytes)" 'state folder'
else
  chmod +x state; mv state/state.db kept; mkdir state/state.db
  has 'what cannot be logged is not asked' "$(weir top traffic bytes)" 'state folder'
  rmdir state/state.db; mv kept state/state.db
fi
done_testing
