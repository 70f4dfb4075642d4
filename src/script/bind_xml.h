/* E4X values for scripts: XML, XMLList, QName, Namespace, isXMLName and the helpers that
 * rewritten text calls. */
#pragma once
#include "script/engine.h"

bool bind_xml(struct engine *e);
bool bind_xml_is(struct engine *e, const struct val *v); /* an XML or XMLList value */
