#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "app/panels/fonts.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

constexpr std::string_view kEllipsis = "…";

// The next code point of UTF-8 text; a damaged byte counts as one character of its own.
unsigned int next_character(std::string_view& rest) {
  const auto first = static_cast<unsigned char>(rest.front());
  const std::size_t length = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
  if (length == 1 || rest.size() < length) {
    rest.remove_prefix(1);
    return first < 0x80 ? first : 0xFFFDU;
  }
  unsigned int character = first & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) character = character << 6 | (static_cast<unsigned char>(rest[i]) & 0x3FU);
  rest.remove_prefix(length);
  return character;
}

float width_of(const ImFont& font, std::string_view string) {
  float width = 0;
  while (!string.empty()) width += font.GetCharAdvance(static_cast<ImWchar>(next_character(string)));
  return width;
}

// The part of `string` that fits in `width`, a whole number of characters.
std::string_view fitting(const ImFont& font, std::string_view string, float width) {
  std::string_view rest = string;
  float used = 0;
  while (!rest.empty()) {
    std::string_view after = rest;
    used += font.GetCharAdvance(static_cast<ImWchar>(next_character(after)));
    if (used > width) break;
    rest = after;
  }
  return string.substr(0, string.size() - rest.size());
}

// Every glyph on a whole pixel, the pen itself unrounded: crisp, and as wide as designed.
void draw_glyphs(ImDrawList& list, const ImFont& font, float x, float top, scene::Rgba color, std::string_view string) {
  while (!string.empty()) {
    const ImFontGlyph* glyph = font.FindGlyph(static_cast<ImWchar>(next_character(string)));
    if (glyph == nullptr) continue;
    if (glyph->Visible) {
      const float left = std::round(x) + glyph->X0;
      const float upper = top + glyph->Y0;
      list.PrimReserve(6, 4);
      list.PrimRectUV({left, upper}, {left + glyph->X1 - glyph->X0, upper + glyph->Y1 - glyph->Y0},
                      {glyph->U0, glyph->V0}, {glyph->U1, glyph->V1}, color);
    }
    x += glyph->AdvanceX;
  }
}

// ImGui's font box is as high as ascender minus descender; it stands in the middle of the line box.
float glyph_top(const Frame& f, Type type, float line_top) {
  const ImFont& font = *f.font(type);
  return std::round(line_top + (line_height(f, type) - (font.Ascent - font.Descent)) / 2);
}

struct Word {
  std::string_view text = {};
  bool bold = false;
  bool space_before = false;
  bool line_break = false;
};

std::vector<Word> words_of(std::string_view string) {
  std::vector<Word> words;
  bool bold = false;
  bool space = false;
  while (!string.empty()) {
    if (string.starts_with("**")) {
      bold = !bold;
      string.remove_prefix(2);
    } else if (string.front() == '\n') {
      words.push_back({.line_break = true});
      space = false;
      string.remove_prefix(1);
    } else if (string.front() == ' ') {
      space = true;
      string.remove_prefix(1);
    } else {
      std::size_t end = string.find_first_of(" \n");
      end = std::min({end, string.find("**"), string.size()});
      words.push_back({.text = string.substr(0, end), .bold = bold, .space_before = space});
      space = false;
      string.remove_prefix(end);
    }
  }
  return words;
}

}  // namespace

float line_height(const Frame& f, Type type) {
  return std::round(type_role(type).line * f.scale);
}

float text_width(const Frame& f, Type type, std::string_view string) {
  return width_of(*f.font(type), string);
}

float text(const Frame& f, scene::Vec2 at, Type type, scene::Rgba color, std::string_view string, Align align,
           float max_width) {
  const ImFont& font = *f.font(type);
  float width = width_of(font, string);
  std::string shortened;
  if (max_width > 0 && width > max_width + 0.5F) {
    shortened = fitting(font, string, max_width - width_of(font, kEllipsis));
    while (!shortened.empty() && shortened.back() == ' ') shortened.pop_back();
    shortened += kEllipsis;
    string = shortened;
    width = width_of(font, string);
  }
  const float shift = align == Align::kLeft ? 0.0F : align == Align::kCentre ? width / 2 : width;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const bool other_texture = list._CmdHeader.TextureId != font.ContainerAtlas->TexID;
  if (other_texture) list.PushTextureID(font.ContainerAtlas->TexID);
  draw_glyphs(list, font, at.x - shift, glyph_top(f, type, at.y), color, string);
  if (other_texture) list.PopTextureID();
  return width;
}

float paragraph(const Frame& f, scene::Vec2 at, float width, Type type, scene::Rgba color, std::string_view string,
                bool measure_only) {
  const Type bold_type = type == Type::kBody ? Type::kBodyStrong : type == Type::kSmall ? Type::kTitle : type;
  const float space = text_width(f, type, " ");
  const float line = line_height(f, type);
  float x = 0;
  float y = 0;
  const std::vector<Word> words = words_of(string);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const Word& word = words[i];
    if (word.line_break) {
      x = 0;
      y += line;
      continue;
    }
    const Type word_type = word.bold ? bold_type : type;
    const float word_width = text_width(f, word_type, word.text);
    // What follows without a space (a full stop after a bold word) must stay on the same line.
    float unbroken = word_width;
    for (std::size_t k = i + 1; k < words.size() && !words[k].space_before && !words[k].line_break; ++k) {
      unbroken += text_width(f, words[k].bold ? bold_type : type, words[k].text);
    }
    if (word.space_before && x > 0) x += space;
    if (x > 0 && word.space_before && x + unbroken > width) {
      x = 0;
      y += line;
    }
    // Bold words carry the sentence: they take the primary ink where the rest is secondary.
    const scene::Rgba ink = word.bold && color == f.colors.text2 ? f.colors.text : color;
    if (!measure_only) text(f, {at.x + x, at.y + y}, word_type, ink, word.text);
    x += word_width;
  }
  return string.empty() ? 0 : y + line;
}

float panel_title(const Frame& f, scene::Vec2 at, std::string_view title, std::string_view caption, float max_width) {
  const float title_width = text(f, at, Type::kTitle, f.colors.text, title, Align::kLeft, max_width);
  const float gap = f.px(8);
  const float room = max_width - title_width - gap;
  if (caption.empty() || room < f.px(24)) return at.x + title_width;
  return at.x + title_width + gap +
         text(f, {at.x + title_width + gap, at.y}, Type::kCaption, f.colors.text3, caption, Align::kLeft, room);
}

std::string with_thousands(long long value) {
  const std::string digits = fmt::format("{}", value < 0 ? -value : value);
  std::string out = value < 0 ? "-" : "";
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

}  // namespace warpscope::panels
