#include "app/panels/fonts.h"

#include <ft2build.h>
#include FT_FREETYPE_H
#include <fmt/format.h>
#include <imgui_freetype.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <memory>
#include <type_traits>

#include "compute/base/paths.h"

namespace warpscope::panels {
namespace {

constexpr const char* kRegular = "fonts/Inter-Regular.otf";
constexpr const char* kMedium = "fonts/Inter-Medium.otf";
constexpr const char* kSemiBold = "fonts/Inter-SemiBold.otf";
constexpr const char* kMono = "fonts/JetBrainsMono-Regular.ttf";
constexpr const char* kMonoMedium = "fonts/JetBrainsMono-Medium.ttf";
using Glyphs = TypeRole::Glyphs;

constexpr std::array kRoles{
    TypeRole{Type::kDisplay, kSemiBold, 56, 64, Glyphs::kFigures},
    TypeRole{Type::kValue, kMonoMedium, 20, 26, Glyphs::kFigures},
    TypeRole{Type::kHeading, kSemiBold, 18, 26, Glyphs::kText},
    TypeRole{Type::kBrand, kSemiBold, 15, 20, Glyphs::kText},
    TypeRole{Type::kBody, kRegular, 14, 21, Glyphs::kText},
    TypeRole{Type::kBodyStrong, kSemiBold, 14, 21, Glyphs::kText},
    TypeRole{Type::kTitle, kSemiBold, 13, 18, Glyphs::kText},
    TypeRole{Type::kLabel, kMedium, 13, 18, Glyphs::kText},
    TypeRole{Type::kSmall, kRegular, 13, 18, Glyphs::kText},
    TypeRole{Type::kCaption, kRegular, 12, 18, Glyphs::kText},
    TypeRole{Type::kMicro, kMedium, 11, 16, Glyphs::kText},
    TypeRole{Type::kCode, kMono, 13, 20, Glyphs::kText},
    TypeRole{Type::kNumber, kMono, 12, 18, Glyphs::kText},
    TypeRole{Type::kTick, kMono, 11, 14, Glyphs::kText},
};
static_assert(kRoles.size() == static_cast<std::size_t>(Type::kCount));

// What the app writes: Latin-1 with the letters of European names, punctuation, arrows, mathematics. Tight, because
// every glyph of every role is drawn at start.
constexpr ImWchar kTextRanges[] = {0x20,   0x7E,                    // ASCII
                                   0xA0,   0xFF,                    // Latin-1
                                   0x2013, 0x2014, 0x2018, 0x201E,  // dashes, quotes
                                   0x2022, 0x2022, 0x2026, 0x2026,  // bullet, ellipsis
                                   0x2070, 0x2070, 0x2074, 0x207B,  // superscripts
                                   0x2080, 0x2089,                  // subscripts
                                   0x2190, 0x2193,                  // arrows
                                   0x21E7, 0x21E7,                  // shift
                                   0x2202, 0x2202, 0x2206, 0x2206,  // partial, increment
                                   0x2211, 0x2212,                  // sum, minus
                                   0x221A, 0x221A, 0x221E, 0x221E,  // root, infinity
                                   0x2248, 0x2248, 0x2260, 0x2260,  // about, unequal
                                   0x2264, 0x2265,                  // at most, at least
                                   0x03A3, 0x03A3, 0x03B1, 0x03BC,  // Sigma, alpha .. mu
                                   0};
constexpr ImWchar kFigureRanges[] = {0x20, 0x7E, 0x2013, 0x2013, 0};

struct FreeLibrary {
  void operator()(FT_Library library) const { FT_Done_FreeType(library); }
};
struct FreeFace {
  void operator()(FT_Face face) const { FT_Done_Face(face); }
};
using Library = std::unique_ptr<std::remove_pointer_t<FT_Library>, FreeLibrary>;
using Face = std::unique_ptr<std::remove_pointer_t<FT_Face>, FreeFace>;

base::Result<Face> open_face(FT_Library library, const std::filesystem::path& path) {
  FT_Face raw = nullptr;
  if (FT_New_Face(library, path.string().c_str(), 0, &raw) != 0) {
    return base::fail(fmt::format("{} is no font that FreeType can read", path.string()));
  }
  return Face(raw);
}

// Designers size a font by the em, ImGui by ascender minus descender.
float height_of_em(const FT_FaceRec_& face) {
  return static_cast<float>(face.ascender - face.descender) / static_cast<float>(face.units_per_EM);
}

// ImGui's builder cuts sizes to whole pixels. The nearest one is taken, but none that makes text noticeably smaller
// than designed.
float imgui_size(const FT_FaceRec_& face, float em) {
  constexpr float kSmallerBy = 0.015F;
  const float exact = em * height_of_em(face);
  const float nearest = std::round(exact);
  return nearest < exact * (1 - kSmallerBy) ? std::ceil(exact) : nearest;
}

// ImGui's FreeType builder rounds every advance up to a whole pixel, which makes text 5 % too wide and uneven.
void restore_advances(ImFont& font, FT_Face face) {
  const float unit = font.FontSize / height_of_em(*face) / static_cast<float>(face->units_per_EM);
  for (ImFontGlyph& glyph : font.Glyphs) {
    const FT_UInt index = FT_Get_Char_Index(face, glyph.Codepoint);
    if (index == 0 || FT_Load_Glyph(face, index, FT_LOAD_NO_SCALE) != 0) continue;
    glyph.AdvanceX = static_cast<float>(face->glyph->advance.x) * unit;
  }
  font.BuildLookupTable();
}

}  // namespace

const TypeRole& type_role(Type type) {
  return kRoles[static_cast<std::size_t>(type)];
}

base::Result<Fonts> build_fonts(ImFontAtlas& atlas, float scale) {
  FT_Library raw = nullptr;
  if (FT_Init_FreeType(&raw) != 0) return base::fail("FreeType does not start");
  const Library library(raw);
  atlas.Clear();
  atlas.Flags |= ImFontAtlasFlags_NoMouseCursors;
  atlas.FontBuilderIO = ImGuiFreeType::GetBuilderForFreeType();
  atlas.FontBuilderFlags = ImGuiFreeTypeBuilderFlags_LightHinting;
  atlas.TexGlyphPadding = 1;

  Fonts fonts{};
  std::array<Face, kRoles.size()> faces;
  for (std::size_t i = 0; i < kRoles.size(); ++i) {
    const TypeRole& role = kRoles[i];
    const auto path = base::find_asset(role.file);
    if (!path) return tl::unexpected(path.error());
    auto face = open_face(library.get(), *path);
    if (!face) return tl::unexpected(face.error());
    faces[i] = std::move(*face);
    const float size = imgui_size(*faces[i], role.size * scale);
    const ImWchar* ranges = role.glyphs == Glyphs::kText ? kTextRanges : kFigureRanges;
    fonts[i] = atlas.AddFontFromFileTTF(path->string().c_str(), size, nullptr, ranges);
    if (fonts[i] == nullptr) return base::fail(fmt::format("{} cannot be read", path->string()));
  }
  if (!atlas.Build()) return base::fail(fmt::format("The fonts do not fit their texture at scale {}", scale));
  for (std::size_t i = 0; i < kRoles.size(); ++i) restore_advances(*fonts[i], faces[i].get());
  return fonts;
}

}  // namespace warpscope::panels
