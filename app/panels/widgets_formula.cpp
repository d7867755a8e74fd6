#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

// A piece of a formula set in one size at one height.
struct Piece {
  enum class Kind { kPlain, kSub, kSup, kSum };
  Kind kind = Kind::kPlain;
  std::string text;  // of kSum: what stands under it
};

std::vector<Piece> pieces_of(std::string_view rest) {
  constexpr std::string_view kSigma = "\\Sigma";
  std::vector<Piece> pieces;
  const auto braced = [&rest] {
    rest.remove_prefix(2);
    const std::size_t end = std::min(rest.find('}'), rest.size());
    std::string inside(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return inside;
  };
  while (!rest.empty()) {
    if (rest.starts_with(kSigma)) {
      rest.remove_prefix(kSigma.size());
      pieces.push_back({Piece::Kind::kSum, rest.starts_with("_{") ? braced() : std::string()});
    } else if (rest.starts_with("_{")) {
      pieces.push_back({Piece::Kind::kSub, braced()});
    } else if (rest.starts_with("^{")) {
      pieces.push_back({Piece::Kind::kSup, braced()});
    } else {
      const std::size_t end = std::min({rest.find("_{"), rest.find("^{"), rest.find(kSigma), rest.size()});
      pieces.push_back({Piece::Kind::kPlain, std::string(rest.substr(0, end))});
      rest.remove_prefix(end);
    }
  }
  return pieces;
}

constexpr std::string_view kSumSign = "Σ";

struct Sizes {
  Type plain, small, sum;
};

float width_of(const Frame& f, const Sizes& sizes, const Piece& piece) {
  switch (piece.kind) {
    case Piece::Kind::kPlain:
      return text_width(f, sizes.plain, piece.text);
    case Piece::Kind::kSum:
      return std::max(text_width(f, sizes.sum, kSumSign), text_width(f, sizes.small, piece.text)) + f.px(2);
    default:
      return text_width(f, sizes.small, piece.text);
  }
}

float total_width(const Frame& f, const Sizes& sizes, const std::vector<Piece>& pieces) {
  float width = 0;
  for (const Piece& piece : pieces) width += width_of(f, sizes, piece);
  return width;
}

void draw_piece(const Frame& f, const Sizes& sizes, const Piece& piece, float x, float middle) {
  const float plain_half = line_height(f, sizes.plain) / 2;
  const float small_half = line_height(f, sizes.small) / 2;
  switch (piece.kind) {
    case Piece::Kind::kPlain:
      text(f, {x, middle - plain_half}, sizes.plain, f.colors.text, piece.text);
      break;
    case Piece::Kind::kSub:
      text(f, {x, middle + f.px(5) - small_half}, sizes.small, f.colors.text, piece.text);
      break;
    case Piece::Kind::kSup:
      text(f, {x, middle - f.px(6) - small_half}, sizes.small, f.colors.text, piece.text);
      break;
    case Piece::Kind::kSum: {
      const float width = width_of(f, sizes, piece);
      text(f, {x + width / 2, middle - line_height(f, sizes.sum) / 2}, sizes.sum, f.colors.text, kSumSign,
           Align::kCentre);
      text(f, {x + width / 2, middle + f.px(13) - small_half}, sizes.small, f.colors.text2, piece.text, Align::kCentre);
      break;
    }
  }
}

}  // namespace

float formula(const Frame& f, scene::Rect block, std::string_view string) {
  // Narrow panels take the next smaller set of sizes rather than cutting a formula off.
  constexpr Sizes kRoomy{Type::kBody, Type::kMicro, Type::kHeading};
  constexpr Sizes kTight{Type::kCaption, Type::kMicro, Type::kBrand};
  const std::vector<Piece> pieces = pieces_of(string);
  const float room = block.w - 2 * f.px(8);
  const Sizes& sizes = total_width(f, kRoomy, pieces) <= room ? kRoomy : kTight;
  const bool has_limit =
      std::any_of(pieces.begin(), pieces.end(), [](const Piece& p) { return p.kind == Piece::Kind::kSum; });
  const float height = std::max(block.h, f.px(has_limit ? 60 : 48));
  fill(f, {block.x, block.y, block.w, height}, f.colors.raised, f.px(scene::size::kRadiusControl));
  float x = std::round(block.x + std::max(f.px(8), (block.w - total_width(f, sizes, pieces)) / 2));
  const float middle = std::round(block.y + height / 2 - (has_limit ? f.px(4) : 0));
  const Clip clip({block.x, block.y, block.w, height});
  for (const Piece& piece : pieces) {
    draw_piece(f, sizes, piece, x, middle);
    x += width_of(f, sizes, piece);
  }
  return height;
}

}  // namespace warpscope::panels
