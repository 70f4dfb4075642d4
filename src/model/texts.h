/* Texts by hash: what T_TEXT columns of rows hold, and what it stands for (inside of model/). */
#pragma once
#include "model/model.h"

struct texts;

enum err texts_new(struct texts **ret) _must_check_;
void texts_free(struct texts *t);
bool texts_changed(const struct texts *t);

/* folder: the store's; its model/ is there. */
enum err texts_save(struct texts *t, int folder) _must_check_;
/* An absent file is no texts; a line that is not whole or not true costs that text alone. */
enum err texts_load(struct texts *t, int folder) _must_check_;
