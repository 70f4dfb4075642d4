/* Whoever opens a door adds its row: every command, and every message that a script can send. */
#include "unit.h"

#include "base/util.h"

#include <string.h>

static const struct {
	const char *name, *text;
	bool script;
} doors[] = {
#define COMMAND false
#define ORACLE  false
#define SCRIPT  true
#define CONSOLE true
#define REST    true
#define ADHOC   true
#define DOOR(name, kind, sees, what, text) { #name, text, kind },
#include "app/doors.def"
};

static const struct {
	const char *message, *door;
} through[] = {
#define DOOR(...)
#define THROUGH(message, door) { #message, #door },
#include "app/doors.def"
};

static const char *const closed[] = {
#define DOOR(...)
#define CLOSED(command, why) #command,
#include "app/doors.def"
};

static const char *const commands[] = {
#undef COMMAND
#define COMMAND(name, what) #name,
#include "app/commands.def"
};

static const struct {
	const char *name;
	bool to_broker;
} messages[] = {
#define TO_BROKER    true
#define TO_WORKER    false
#define TO_DRAWER    false
#define FROM_DRAWER  false
#define MESSAGE(id, to, ...) { #id, to },
#include "script/message.def"
};

static bool is_closed(const char *command)
{
	for (size_t i = 0; i < COUNT_OF(closed); i++)
		if (STREQ(closed[i], command))
			return true;
	return false;
}

/* `query` is the command of scripts. */
static bool has_door(const char *command)
{
	size_t n = strlen(command);
	for (size_t i = 0; i < COUNT_OF(doors); i++)
		if (doors[i].script ? STREQ(command, "query") : strncmp(doors[i].text, command, n) == 0 && doors[i].text[n] == ' ')
			return true;
	return false;
}

static void every_command_is_a_door_or_closed(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		if (has_door(commands[i]) == is_closed(commands[i]))
			fail_msg("weir %s: doors.def wants a DOOR, or a CLOSED that says why not", commands[i]);
}

static bool is_script_door(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(doors); i++)
		if (STREQ(doors[i].name, name))
			return doors[i].script;
	return false;
}

static void every_message_is_said_through_a_door(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT_OF(messages); i++) {
		size_t n = 0;
		for (size_t k = 0; k < COUNT_OF(through); k++)
			n += STREQ(through[k].message, messages[i].name) && is_script_door(through[k].door);
		if (messages[i].to_broker && !n)
			fail_msg("%s: doors.def wants a THROUGH with a door that is a script", messages[i].name);
	}
}

static void names_are_told_apart(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT_OF(doors); i++)
		for (size_t k = 0; k < i; k++)
			if (STREQ(doors[i].name, doors[k].name))
				fail_msg("two doors are called %s", doors[i].name);
}

UNIT_MAIN(cmocka_unit_test(every_command_is_a_door_or_closed), cmocka_unit_test(every_message_is_said_through_a_door),
	  cmocka_unit_test(names_are_told_apart))
