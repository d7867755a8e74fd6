#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "app/panels/step_panels.h"
#include "app/scene/step_access.h"
#include "app/scene/step_memory_layout.h"
#include "app/scene/step_picture.h"
#include "tests/gui/bare_gui.h"
#include "tests/gui/step_fixture.h"

namespace warpscope::tests {
namespace {

using panels::Frame;
using panels::StepFocus;
using testing::HasSubstr;
using vgpu::Access;
using vgpu::AccessSpace;

// All 32 lanes; lane l at `address(l)`.
template <class Address>
Access access_of(AccessSpace space, int bytes, Address address) {
  Access access;
  access.space = space;
  access.bytes = static_cast<std::uint16_t>(bytes);
  access.mask = base::kAllLanes;
  for (std::uint64_t lane = 0; lane < 32; ++lane) access.address[lane] = address(lane);
  return access;
}

session::SharedVariableRow tile_of(std::uint64_t rows, std::uint64_t columns) {
  return {"tile", 0, rows * columns * 4, kernels::ElementType::kF32, {rows, columns}};
}

// ---- What an access of shared memory costs

TEST(BankWords, OfARowAreOneInEveryBank) {
  const Access row = access_of(AccessSpace::kShared, 4, [](std::uint64_t lane) { return lane * 4; });
  const scene::BankUse use = scene::bank_use(row);
  EXPECT_EQ(use.most, 1);
  EXPECT_EQ(use.idle, 0);
  EXPECT_EQ(scene::bank_words(row, nullptr, "").cost, "1 wavefront: every bank gives one word");
}

TEST(BankWords, OfTheMockUpsStoreAreEightInFourBanksAndTwoMoreAColumnMend) {
  // b_tile[tx][ty] of a 16 x 16 block: lanes 0-15 are tx 0-15 of ty 0, the others of ty 1.
  const Access store =
      access_of(AccessSpace::kShared, 4, [](std::uint64_t lane) { return (lane % 16 * 16 + lane / 16) * 4; });
  const scene::BankUse use = scene::bank_use(store);
  EXPECT_EQ(use.most, 8);
  EXPECT_EQ(use.fullest, 4);
  EXPECT_EQ(use.idle, 28);
  EXPECT_EQ(std::accumulate(use.words.begin(), use.words.end(), 0), 32);
  const session::SharedVariableRow tile = tile_of(16, 16);
  const scene::BankWords words = scene::bank_words(store, &tile, "TILE");
  EXPECT_EQ(words.cost, "4 banks give 8 words each: 8 wavefronts");
  EXPECT_EQ(words.idle, "28 banks stay idle");
  EXPECT_EQ(words.padding, "With [TILE + 1] it would take 2, with [TILE + 2] 1");
}

TEST(BankWords, OfAColumnAreMendedByOneElement) {
  const Access column = access_of(AccessSpace::kShared, 4, [](std::uint64_t lane) { return lane * 128; });
  const session::SharedVariableRow tile = tile_of(32, 32);
  const scene::BankWords words = scene::bank_words(column, &tile, "");
  EXPECT_EQ(words.cost, "1 bank gives 32 words: 32 wavefronts");
  EXPECT_EQ(words.padding, "With [32 + 1] it would take 1");
}

TEST(BankWords, AgreeWithTheVirtualGpuForEveryStride) {
  for (std::uint64_t stride = 0; stride <= 64; ++stride) {
    const Access access = access_of(AccessSpace::kShared, 4, [&](std::uint64_t lane) { return lane * stride * 4; });
    EXPECT_EQ(scene::bank_use(access).most, vgpu::count_wavefronts(access).taken) << "stride " << stride;
  }
}

TEST(BankWords, OfOneWordAreShared) {
  const Access same = access_of(AccessSpace::kShared, 4, [](std::uint64_t) { return 64; });
  EXPECT_EQ(scene::bank_words(same, nullptr, "").cost, "1 wavefront: 32 lanes share one word");
}

TEST(RowLength, IsAsTheSourceWritesIt) {
  const std::string source =
      "#define TILE 16\n  __shared__ float a_tile[TILE][TILE];\n  __shared__ float b_tile[8][W+1];";
  EXPECT_EQ(scene::row_length_text(source, "a_tile"), "TILE");
  EXPECT_EQ(scene::row_length_text(source, "b_tile"), "W+1");
  EXPECT_EQ(scene::row_length_text(source, "c_tile"), "");
}

// ---- What an access of global memory costs

TEST(LineStrips, HaveTheSectorsThatTheVirtualGpuCounts) {
  for (const std::uint64_t stride : {0, 1, 2, 3, 8, 33, 100}) {
    for (const std::uint64_t offset : {0, 4, 16, 124}) {
      const Access access =
          access_of(AccessSpace::kGlobal, 4, [&](std::uint64_t lane) { return 0x10000 + offset + lane * stride * 4; });
      int sectors = 0, wanted = 0;
      for (const scene::LineStrip& strip : scene::line_strips(access)) {
        sectors += std::popcount(strip.sectors);
        wanted += std::popcount(strip.wanted[0]) + std::popcount(strip.wanted[1]);
      }
      EXPECT_EQ(sectors, vgpu::count_sectors(access)) << stride << " " << offset;
      EXPECT_EQ(wanted, stride == 0 ? 4 : 128);
    }
  }
}

TEST(AccessPattern, SaysWhyItCostsWhatItCosts) {
  const auto said = [](const Access& access) { return scene::pattern_sentence(access, session::cost_of(access)); };
  const auto lanes = [](auto address) { return access_of(AccessSpace::kGlobal, 4, address); };
  EXPECT_THAT(said(lanes([](std::uint64_t lane) { return lane * 4; })), HasSubstr("Coalesced: neighbouring lanes"));
  EXPECT_THAT(said(lanes([](std::uint64_t lane) { return 16 + lane * 4; })), HasSubstr("16 bytes into a sector"));
  EXPECT_THAT(said(lanes([](std::uint64_t lane) { return lane * 512; })), HasSubstr("128 elements apart"));
  EXPECT_THAT(said(lanes([](std::uint64_t) { return 64; })), HasSubstr("same element"));
  EXPECT_THAT(said(lanes([](std::uint64_t lane) { return (lane * lane * 37 % 101) * 128; })), HasSubstr("no line"));
  // Two rows of a 100 x 100 matrix: the second begins 16 bytes into a sector.
  EXPECT_THAT(said(lanes([](std::uint64_t lane) { return (lane / 16) * 400 + lane % 16 * 4; })),
              HasSubstr("2 runs of neighbouring elements, one of which starts 16 bytes"));
}

// ---- Shapes

TEST(BufferShape, IsGuessedFromTheNumbersOfTheLaunch) {
  EXPECT_EQ(scene::shape_text(scene::guess_shape(10'000, std::vector<scene::NamedNumber>{{"n", 100}})), "100 × 100");
  EXPECT_EQ(scene::shape_text(scene::guess_shape(6000, std::vector<scene::NamedNumber>{{"h", 60}, {"w", 100}})),
            "60 × 100");
  EXPECT_EQ(scene::guess_shape(1000, std::vector<scene::NamedNumber>{{"n", 1000}}).dimensions, 1);
  EXPECT_EQ(scene::guess_shape(24, std::vector<scene::NamedNumber>{}).width, 24U);
}

TEST(BufferShape, NamesElementsAndBoxes) {
  const scene::BufferShape shape{2, 100, 100, 1, 10'000};
  EXPECT_EQ(scene::index_text(shape, 9603), "[96][3]");
  std::vector<std::uint64_t> two_rows;
  for (std::uint64_t i = 0; i < 32; ++i) two_rows.push_back((96 + i / 16) * 100 + i % 16);
  EXPECT_EQ(scene::box_text(shape, two_rows), "[96..97][0..15]");
  EXPECT_EQ(scene::box_text(shape, std::vector<std::uint64_t>{5, 205}), "") << "no box";
  EXPECT_EQ(scene::box_text({1, 32, 1, 1, 64}, std::vector<std::uint64_t>{5, 6, 7}), "[5..7]");
}

TEST(PictureView, KeepsWhatIsUnderThePointerWhileItZooms) {
  const scene::BufferShape shape{2, 4096, 4096, 1, 4096ULL * 4096};
  const scene::Rect where{10, 20, 300, 300};
  const scene::Vec2 pointer{210, 170};
  const scene::PictureView fitted = scene::fitted_view(shape, where);
  const std::int64_t before = scene::element_at(fitted, shape, where, pointer);
  scene::PictureView view = fitted;
  for (int i = 0; i < 20; ++i) view = scene::zoomed_view(view, shape, where, pointer, 1.25, 64);
  const std::int64_t after = scene::element_at(view, shape, where, pointer);
  EXPECT_NEAR(static_cast<double>(before % 4096), static_cast<double>(after % 4096), 1 / fitted.cell_x);
  EXPECT_NEAR(static_cast<double>(before / 4096), static_cast<double>(after / 4096), 1 / fitted.cell_y);
}

// ---- The panels, with a real run

constexpr scene::Rect kShared{20, 20, 490, 345}, kMemory{520, 20, 430, 345};

class MemoryPanels : public testing::Test {
 protected:
  BareGui gui{1920, 1080};
  StepFixture fixture{"matmul_tiled"};

  static void draw(const Frame& f) {
    f.ui.step.before = f.ui.step.hovered;
    f.ui.step.hovered = {};
    panels::draw_step_shared(f, kShared);
    panels::draw_step_memory(f, kMemory);
  }
  // The followed warp's first step that touches a space (and stores, if that is wanted).
  void show_access(AccessSpace space, vgpu::AccessKind kind) {
    for (trace::Position at = 0; at < fixture.run().size(); ++at) {
      if ((*fixture.run().records)[at].warp != 0) continue;
      if (((*fixture.run().records)[at].flags & trace::kMemory) == 0) continue;
      gui.step = fixture.at(at, 0);
      for (const Access& access : gui.step.moment->followed_accesses) {
        if (access.space == space && access.kind == kind) {
          gui.step.version = at + 1;
          gui.frames(2, draw);
          return;
        }
      }
    }
    FAIL() << "no such access";
  }
  const Access& access_in(AccessSpace space) const {
    return *scene::costliest(gui.step.moment->followed_accesses, space);
  }
  // Where a word of shared memory is drawn.
  scene::Vec2 shared_cell(std::uint64_t word) {
    const auto& shared = gui.ui.step.memory.shared;
    const scene::Rect body{kShared.x, kShared.y + 36, kShared.w, kShared.h - 40};
    return scene::layout_shared(body, shared.groups, 1).cell_of(shared.groups, word, 0).centre();
  }
};

TEST_F(MemoryPanels, SayWhatIsMissingBeforeThereIsARun) {
  gui.frames(2, draw);
  for (const panels::Target& target : gui.ui.targets) EXPECT_NE(target.name, "Shared cells");
}

TEST_F(MemoryPanels, CountWavefrontsAsTheVirtualGpuDoes) {
  show_access(AccessSpace::kShared, vgpu::AccessKind::kStore);
  const auto& shared = gui.ui.step.memory.shared;
  const vgpu::Wavefronts wavefronts = vgpu::count_wavefronts(access_in(AccessSpace::kShared));
  ASSERT_TRUE(shared.accesses);
  EXPECT_EQ(shared.said.conflict, wavefronts.conflicts() > 0);
  EXPECT_THAT(shared.said.cost, HasSubstr(std::to_string(wavefronts.taken) + " wavefront"));
  const auto touched = std::count(shared.touched.begin(), shared.touched.end(), true);
  EXPECT_EQ(touched, shared.use.distinct);
}

TEST_F(MemoryPanels, NameTheCellUnderThePointerAndAskWhoWroteItOnceThePointerRests) {
  show_access(AccessSpace::kShared, vgpu::AccessKind::kStore);
  const auto& variables = gui.ui.step.memory.shared.variables;
  ASSERT_EQ(variables.size(), 2U);
  gui.move(shared_cell(0), draw);
  EXPECT_EQ(gui.ui.step.hovered.kind, StepFocus::Kind::kShared);
  EXPECT_EQ(gui.ui.step.hovered.word, 0U);
  ASSERT_FALSE(gui.ui.widgets.tips.empty());
  EXPECT_THAT(gui.ui.widgets.tips[0], HasSubstr(variables[0].name + "[0][0]"));
  EXPECT_THAT(gui.ui.widgets.tips[0], HasSubstr("bank 0"));
  EXPECT_TRUE(gui.step_commands.empty()) << "it does not rest yet";
  gui.frames(30, draw);
  ASSERT_EQ(gui.step_commands.size(), 1U) << "asked once";
  const auto& asked = std::get<session::AskWriter>(gui.step_commands[0]);
  EXPECT_EQ(asked.place.memory.space, AccessSpace::kShared);
  EXPECT_EQ(asked.place.memory.address, variables[0].offset);
}

TEST_F(MemoryPanels, PinAClickedCellAndGoToItsWriter) {
  show_access(AccessSpace::kShared, vgpu::AccessKind::kStore);
  gui.click(shared_cell(33), draw);
  EXPECT_EQ(gui.ui.step.pinned.kind, StepFocus::Kind::kShared);
  EXPECT_EQ(gui.ui.step.pinned.word, 33U);
  gui.frames(2, draw);
  gui.step_commands.clear();
  gui.click("Cell: Who wrote this?", draw);
  ASSERT_EQ(gui.step_commands.size(), 1U);
  EXPECT_EQ(std::get<session::GoToWriter>(gui.step_commands[0]).place.memory.address, 33U * 4);
  gui.step_commands.clear();
  gui.click("Cell: Watch it", draw);
  ASSERT_EQ(gui.step_commands.size(), 1U);
  const auto& added = std::get<session::AddBreakpoint>(gui.step_commands[0]).breakpoint;
  EXPECT_EQ(added.kind, session::StepBreakpoint::Kind::kMemory);
  EXPECT_EQ(added.place.address, 33U * 4);
  gui.key("Esc", draw);
  EXPECT_EQ(gui.ui.step.pinned.kind, StepFocus::Kind::kNone);
}

TEST_F(MemoryPanels, EditACellInPlaceAndSayWhatIsNoValue) {
  show_access(AccessSpace::kShared, vgpu::AccessKind::kStore);
  gui.click(shared_cell(5), draw);
  gui.frames(60, draw);
  gui.click("Cell: Edit", draw);
  gui.frame(draw);
  gui.step_commands.clear();
  gui.ui.pending_sets["Cell value"] = "much";
  gui.frame(draw);
  gui.click("Set cell", draw);
  EXPECT_TRUE(gui.step_commands.empty());
  EXPECT_FALSE(gui.ui.step.memory.edit_problem.empty());
  gui.ui.pending_sets["Cell value"] = "2.5";
  gui.frame(draw);
  gui.click("Set cell", draw);
  ASSERT_EQ(gui.step_commands.size(), 1U);
  const auto& edit = std::get<session::EditMemory>(gui.step_commands[0]);
  EXPECT_EQ(edit.place.space, AccessSpace::kShared);
  EXPECT_EQ(edit.place.address, 20U);
  EXPECT_EQ(edit.value, "2.5");
}

TEST_F(MemoryPanels, ShowEveryBufferAndTheChosenOneLarge) {
  show_access(AccessSpace::kGlobal, vgpu::AccessKind::kLoad);
  const auto& buffers = fixture.run().buffers;
  ASSERT_EQ(buffers.size(), 3U);
  for (const auto& buffer : buffers) gui.target("Buffer " + buffer.name);
  gui.click("Buffer " + buffers[2].name, draw);
  EXPECT_EQ(gui.ui.step.buffer, 2);
  const scene::Rect picture = gui.target("Buffer picture");
  EXPECT_LE(picture.right(), kMemory.right());
  EXPECT_LE(picture.bottom(), kMemory.bottom());
  gui.move({picture.x + 2, picture.y + 2}, draw);
  EXPECT_EQ(gui.ui.step.hovered.kind, StepFocus::Kind::kGlobal);
  EXPECT_EQ(gui.ui.step.hovered.buffer, 2);
  EXPECT_EQ(gui.ui.step.hovered.word, 0U);
  ASSERT_FALSE(gui.ui.widgets.tips.empty());
  EXPECT_THAT(gui.ui.widgets.tips.back(), HasSubstr("nobody has written it yet"));
}

TEST_F(MemoryPanels, PaintAPictureAnewOnlyWhereItHasChanged) {
  show_access(AccessSpace::kGlobal, vgpu::AccessKind::kLoad);
  const std::uint64_t painted = gui.ui.step.memory.picture_versions;
  gui.frames(5, draw);
  EXPECT_EQ(gui.ui.step.memory.picture_versions, painted);
  gui.step = fixture.at(gui.step.moment->position + 1, 0);
  gui.step.version = 1'000'000;
  gui.frames(2, draw);
  EXPECT_EQ(gui.ui.step.memory.picture_versions, painted) << "a load changes no byte";
}

TEST_F(MemoryPanels, TakeAShapeThatAPersonChose) {
  show_access(AccessSpace::kGlobal, vgpu::AccessKind::kLoad);
  gui.click("Buffer shape", draw);
  gui.frame(draw);
  gui.ui.pending_sets["Width"] = "50";
  gui.frames(2, draw);
  const auto& name = fixture.run().buffers[0].name;
  ASSERT_TRUE(gui.ui.step.memory.shapes.contains(name));
  EXPECT_EQ(gui.ui.step.memory.shapes[name].width, 50U);
}

TEST_F(MemoryPanels, HaveALocalAndAConstantSide) {
  show_access(AccessSpace::kGlobal, vgpu::AccessKind::kLoad);
  gui.click("Constant memory", draw);
  EXPECT_EQ(gui.ui.step.memory.space, panels::StepMemoryState::Space::kConstant);
  gui.frame(draw);
  for (const panels::Target& target : gui.ui.targets) EXPECT_NE(target.name, "Buffer picture");
  gui.click("Local memory", draw);
  gui.frame(draw);
  EXPECT_EQ(gui.ui.step.memory.space, panels::StepMemoryState::Space::kLocal);
}

TEST_F(MemoryPanels, AreTabsInACompactWindow) {
  BareGui small{1280, 720};
  gui.step = fixture.at(fixture.run().size() / 2, 0);
  small.step = gui.step;
  small.step.version = 5;
  const auto draw_small = [](const Frame& f) { panels::draw_step_shared(f, {20, 20, 560, 186}); };
  small.frames(2, draw_small);
  small.click("Global memory tab", draw_small);
  small.frame(draw_small);
  EXPECT_EQ(small.ui.step.memory_tab, panels::StepPanels::MemoryTab::kGlobal);
  const scene::Rect picture = small.target("Buffer picture");
  EXPECT_GT(picture.h, 60);
  EXPECT_LE(picture.bottom(), 206);
}

}  // namespace
}  // namespace warpscope::tests
