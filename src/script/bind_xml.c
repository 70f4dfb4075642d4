/* E4X values for scripts. */
#include "script/bind_xml.h"

bool bind_xml(struct engine *e)
{
	return e != NULL;
}

bool bind_xml_is(struct engine *e, const struct val *v)
{
	return !e || !v;
}
