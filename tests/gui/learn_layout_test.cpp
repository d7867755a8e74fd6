#include "app/scene/learn_layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "compute/training/network.h"

namespace warpscope::scene {
namespace {

using Kind = NetworkColumn::Kind;

// The network's area at the design's window sizes (logical), and the scale it is drawn at.
struct Place {
  const char* name;
  Rect area;
  float scale;
};
const Place kPlaces[] = {
    {"1920x1080", {352, 92, 1208, 580}, 1},
    {"1280x720", {248, 84, 772, 342}, 1},
    {"3840x2160 at scale 2", {704, 184, 2416, 1160}, 2},
    {"3840x2160 at scale 1", {440, 92, 2920, 1400}, 1},
    {"1920x1080 presenter", {335, 113, 1234, 540}, 1.35F},
    {"1280x720 presenter, right panel folded", {335, 113, 907, 290}, 1.35F},
    {"wide panels dragged in", {640, 84, 500, 400}, 1},
};

struct Case {
  std::string network;
  Place place;
};
void PrintTo(const Case& c, std::ostream* out) {
  *out << c.network << " in " << c.place.name;
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const training::NetworkSpec& network : training::networks()) {
    for (const Place& place : kPlaces) all.push_back({network.name, place});
  }
  return all;
}

bool overlap(Rect a, Rect b) {
  return a.x < b.right() - 0.01F && b.x < a.right() - 0.01F && a.y < b.bottom() - 0.01F && b.y < a.bottom() - 0.01F;
}
bool inside(Rect inner, Rect outer) {
  return inner.x >= outer.x - 0.01F && inner.y >= outer.y - 0.01F && inner.right() <= outer.right() + 0.01F &&
         inner.bottom() <= outer.bottom() + 0.01F;
}

class NetworkPicture : public testing::TestWithParam<Case> {
 protected:
  training::NetworkSpec network = training::find_network(GetParam().network).value();
  Rect area = GetParam().place.area;
  float scale = GetParam().place.scale;
  NetworkLayout layout = layout_network(network, area, scale);
};

TEST_P(NetworkPicture, KeepsEveryColumnInsideItsArea) {
  for (const NetworkColumn& column : layout.columns) {
    EXPECT_TRUE(inside(column.grid, area)) << "column " << static_cast<int>(column.kind) << " at " << column.grid.x;
    if (column.scale_bar.w > 0) {
      EXPECT_TRUE(inside(column.scale_bar, area));
    }
  }
}

TEST_P(NetworkPicture, LetsNoTwoThingsOverlap) {
  std::vector<Rect> things{layout.note, layout.modes};
  for (const NetworkColumn& column : layout.columns) {
    things.push_back(column.grid);
    if (column.scale_bar.w > 0) things.push_back(column.scale_bar);
  }
  for (std::size_t i = 0; i < things.size(); ++i) {
    for (std::size_t k = i + 1; k < things.size(); ++k)
      EXPECT_FALSE(overlap(things[i], things[k])) << i << " and " << k;
  }
}

TEST_P(NetworkPicture, GivesTheWorkedSumAPlaceOfItsOwnOrNone) {
  if (layout.callout.w == 0) return;
  EXPECT_TRUE(inside(layout.callout, area));
  for (const NetworkColumn& column : layout.columns) EXPECT_FALSE(overlap(layout.callout, column.grid));
}

TEST_P(NetworkPicture, ShowsEveryNumberOfEveryLayer) {
  int last = static_cast<int>(network.layers.size()) - 1;
  EXPECT_EQ(layout.columns.front().kind, Kind::kInput);
  EXPECT_EQ(layout.columns.back().kind, Kind::kOutput);
  EXPECT_EQ(layout.columns.back().made_by, last);
  for (int i = 0; i <= last; ++i) {
    const auto kind = network.layers[static_cast<std::size_t>(i)].kind;
    if (kind == training::LayerKind::kRelu || kind == training::LayerKind::kSigmoid) continue;
    const bool shown = std::any_of(layout.columns.begin(), layout.columns.end(), [&](const NetworkColumn& column) {
      return column.made_by == i && column.count == network.shape_after(i).channels && column.kind != Kind::kWeights;
    });
    EXPECT_TRUE(shown) << "layer " << i;
  }
}

TEST_P(NetworkPicture, ScalesPicturesByWholeNumbersUnlessItHasToShrinkThem) {
  for (const NetworkColumn& column : layout.columns) {
    if (!column.pictures()) continue;
    EXPECT_EQ(column.cell_w * static_cast<float>(column.shrink), static_cast<float>(column.shape.width * column.zoom));
    if (column.shrink == 1) {
      EXPECT_EQ(column.grid.x, std::round(column.grid.x));
    }
  }
}

TEST_P(NetworkPicture, FindsUnderThePointerWhatItDrewThere) {
  for (std::size_t c = 0; c < layout.columns.size(); ++c) {
    const NetworkColumn& column = layout.columns[c];
    for (int cell = 0; cell < column.count; ++cell) {
      const int row = cell % std::max(1, column.shape.height), across = (cell * 7) % std::max(1, column.shape.width);
      const Vec2 point = column.pictures() ? column.pixel(cell, row, across).centre() : column.cell(cell).centre();
      const auto hit = hit_network(layout, point);
      ASSERT_TRUE(hit.has_value()) << "column " << c << " cell " << cell;
      EXPECT_EQ(hit->column, static_cast<int>(c));
      EXPECT_EQ(hit->cell, cell);
      if (!column.pictures()) continue;
      EXPECT_EQ(hit->row, row);
      EXPECT_EQ(hit->pixel_column, across);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(AllNetworksAndSizes, NetworkPicture, testing::ValuesIn(cases()));

TEST(NetworkLayoutOf, StandsAsDesignedAt1920x1080) {
  const NetworkLayout layout = layout_network(training::find_network("cnn32").value(), {352, 92, 1208, 580}, 1);
  ASSERT_EQ(layout.columns.size(), 5U);
  EXPECT_EQ(layout.columns[0].zoom, 10) << "the input is 280 pixels wide";
  EXPECT_EQ(layout.columns[1].zoom, 2) << "maps of 26 pixels are drawn at 52";
  EXPECT_EQ(layout.columns[1].columns, 4);
  EXPECT_EQ(layout.columns[1].rows, 8);
  EXPECT_EQ(layout.columns[2].zoom, 2) << "pooled maps have the same pixels as the maps";
  EXPECT_EQ(layout.columns[3].columns, 2);
  EXPECT_EQ(layout.columns[3].rows, 32);
  EXPECT_GT(layout.callout.w, 0) << "the worked sum stands under the input";
}

TEST(NetworkLayoutOf, DocksTheWorkedSumElsewhereAt1280x720) {
  const NetworkLayout layout = layout_network(training::find_network("cnn32").value(), {248, 84, 772, 342}, 1);
  EXPECT_EQ(layout.columns[0].zoom, 6) << "the input is 168 pixels wide";
  EXPECT_EQ(layout.columns[1].zoom, 1);
  EXPECT_EQ(layout.callout.w, 0);
}

TEST(NetworkLayoutOf, PutsPooledMapsBesideTheMapsTheyComeFrom) {
  const NetworkLayout layout = layout_network(training::find_network("cnn32").value(), {352, 92, 1208, 580}, 1);
  for (int map = 0; map < 32; ++map) {
    EXPECT_NEAR(layout.columns[1].cell(map).centre().y, layout.columns[2].cell(map).centre().y, 1);
  }
}

TEST(NetworkLayoutOf, PointsAtNothingBetweenTwoMaps) {
  const NetworkLayout layout = layout_network(training::find_network("cnn32").value(), {352, 92, 1208, 580}, 1);
  const Rect cell = layout.columns[1].cell(0);
  EXPECT_FALSE(hit_network(layout, {cell.right() + 2, cell.y + 3}).has_value());
  EXPECT_FALSE(hit_network(layout, {353, 93}).has_value());
}

struct Panel {
  Rect r;
  float scale;
};
const Panel kPanels[] = {{{0, 44, 352, 1008}, 1}, {{0, 44, 248, 648}, 1},     {{0, 88, 704, 2016}, 2},
                         {{0, 44, 440, 2088}, 1}, {{0, 59, 335, 623}, 1.35F}, {{0, 44, 640, 500}, 1},
                         {{0, 44, 220, 420}, 1}};

TEST(LearnLeftLayoutOf, StacksPadReadingAndGalleryWithoutOverlap) {
  for (const Panel& panel : kPanels) {
    const LearnLeftLayout left = layout_learn_left(panel.r, panel.scale);
    SCOPED_TRACE(testing::Message() << panel.r.w << " x " << panel.r.h << " at " << panel.scale);
    std::vector<Rect> parts{left.header, left.pad, left.tools, left.reading};
    if (left.gallery.w > 0) parts.push_back(left.gallery);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      EXPECT_TRUE(inside(parts[i], panel.r)) << i << ": " << parts[i].y << " + " << parts[i].h;
      if (i > 0) {
        EXPECT_GE(parts[i].y, parts[i - 1].bottom() - 0.01F);
      }
    }
    EXPECT_EQ(left.pad.w, left.pad.h);
    EXPECT_GE(left.pad.w, 120 * panel.scale);
  }
}

TEST(LearnLeftLayoutOf, StandsAsDesignedAt1920x1080) {
  const LearnLeftLayout left = layout_learn_left({0, 44, 352, 1008}, 1);
  EXPECT_EQ(left.pad, (Rect{16, 92, 320, 320}));
  EXPECT_EQ(left.tools.y, 420);
  EXPECT_EQ(left.reading.y, 460);
  EXPECT_EQ(left.gallery.y, 786);
}

TEST(ReadingLayoutOf, StandsItsBarsOnItsKeysInsideItsPlace) {
  for (const Panel& panel : kPanels) {
    const LearnLeftLayout left = layout_learn_left(panel.r, panel.scale);
    const ReadingLayout reading = layout_reading(left.reading, panel.scale);
    SCOPED_TRACE(testing::Message() << panel.r.w << " x " << panel.r.h << " at " << panel.scale);
    EXPECT_TRUE(inside(reading.keys, left.reading));
    if (reading.caption.w > 0) {
      EXPECT_TRUE(inside(reading.caption, left.reading));
    }
    EXPECT_GE(reading.bars.y, reading.picture.bottom());
    EXPECT_FALSE(overlap(reading.picture, reading.verdict));
    EXPECT_GE(reading.verdict.w, 60 * panel.scale);
    for (int digit = 0; digit < 10; ++digit) {
      EXPECT_EQ(reading.bar(digit).x, reading.key(digit).x);
      EXPECT_EQ(reading.bar(digit).w, reading.key(digit).w);
      EXPECT_GT(reading.key(digit).y, reading.bar(digit).bottom());
      if (digit > 0) {
        EXPECT_FALSE(overlap(reading.key(digit), reading.key(digit - 1)));
      }
    }
    EXPECT_EQ(std::fmod(reading.picture.w, 28.0F), 0) << "the network's picture scales by a whole number";
  }
}

TEST(GalleryLayoutOf, ShowsOnlyTheThumbnailsInView) {
  const GalleryLayout gallery = layout_gallery({0, 742, 352, 266}, 5000, 1);
  EXPECT_EQ(gallery.side, 56);
  EXPECT_EQ(gallery.columns, 5);
  EXPECT_EQ(gallery.thumbnail(0, 0).x, 16);
  EXPECT_EQ(gallery.thumbnail(4, 0).right(), 336);
  const float scroll = 12345;
  const int first = gallery.first_visible(scroll), last = gallery.last_visible(scroll, 5000);
  EXPECT_LT(last - first, 30);
  EXPECT_LE(gallery.thumbnail(first - 1, scroll).bottom(), gallery.view.y);
  EXPECT_GE(gallery.thumbnail(last, scroll).y, gallery.view.bottom());
  EXPECT_EQ(gallery.last_visible(1e9F, 23), 23);
}

}  // namespace
}  // namespace warpscope::scene
