/* The door of flow/: records, their fields, batches of them, and their values as text. */
#pragma once
#include "flow/addr.h"
#include "flow/batch.h"
#include "flow/fields.h"
#include "flow/value.h"
