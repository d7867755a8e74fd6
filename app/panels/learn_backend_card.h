// panels/learn_backend_card.h: what the card "Where it trains" holds, from top to bottom. Floor 7. GUI thread.
#pragma once

#include <cstdint>

#include "app/panels/ui.h"

namespace warpscope::panels {

enum class CardSize : std::uint8_t { kWhole, kBrief };  // kBrief: reasons take one line each, the rest is in a tip

float backend_card_height(const Frame& f, float width, CardSize size);
void fill_backend_card(const Frame& f, scene::Vec2 top_left, float width, CardSize size);

}  // namespace warpscope::panels
