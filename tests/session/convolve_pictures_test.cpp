// Where Convolve's pictures come from, how they lie in the atlas, and what of them is stepped through.
#include <algorithm>
#include <fstream>
#include <numeric>

#include "compute/drawings/picture_file.h"
#include "compute/session/convolve_pictures.h"
#include "compute/session/convolve_scene.h"
#include "compute/session/convolve_step.h"
#include "tests/session/live_convolve.h"

namespace warpscope::tests {
namespace {

using convolution::Picture;
using session::PictureKind;
using session::PictureSource;

Picture counting(int width, int height, int planes = 1) {
  Picture picture{width, height, planes, {}};
  picture.pixels.resize(static_cast<std::size_t>(width * height * planes));
  std::iota(picture.pixels.begin(), picture.pixels.end(), 0.0F);
  return picture;
}

TEST(ConvolvePictures, EveryShippedOneIsThereInGreyAndWhereItHasThemInColours) {
  session::ConvolvePictures pictures("");
  int with_colours = 0;
  for (const session::ShippedPicture& shipped : session::shipped_pictures()) {
    for (const bool colour : {false, true}) {
      PictureSource source;
      source.name = shipped.name;
      source.colour = colour;
      const auto loaded = pictures.load(source, 0);
      ASSERT_TRUE(loaded) << loaded.error().text();
      const bool has_colours = colour && !shipped.colour_file.empty();
      EXPECT_EQ(loaded->picture->planes, has_colours ? 3 : 1) << shipped.name;
      EXPECT_EQ(loaded->picture->width, 256) << shipped.name;
      EXPECT_EQ(loaded->picture->height, 256) << shipped.name;
      EXPECT_EQ(loaded->title, shipped.title);
      with_colours += has_colours ? 1 : 0;
    }
  }
  EXPECT_GE(with_colours, 3);
}

TEST(ConvolvePictures, ANameThatIsNotThereIsAnsweredWithThoseThatAre) {
  PictureSource source;
  source.name = "lighthaus";
  const auto loaded = session::ConvolvePictures("").load(source, 0);
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().message.find("'lighthaus'"), std::string::npos);
  EXPECT_NE(loaded.error().message.find("lighthouse, rings"), std::string::npos);
}

TEST(ConvolvePictures, TheDigitsAreTheLastOfMnistsTrainingPictures) {
  session::ConvolvePictures pictures(std::filesystem::path(WARPSCOPE_SOURCE_DIR) / "assets/mnist");
  const auto all =
      training::read_idx(std::filesystem::path(WARPSCOPE_SOURCE_DIR) / "assets/mnist/train-images-idx3-ubyte.gz");
  ASSERT_TRUE(all);
  PictureSource source;
  source.kind = PictureKind::kDigit;
  source.index = 4999;
  const auto last = pictures.load(source, 0);
  ASSERT_TRUE(last) << last.error().text();
  EXPECT_EQ(last->picture->width, 28);
  EXPECT_TRUE(std::equal(last->picture->pixels.begin(), last->picture->pixels.end(), all->data.end() - 28 * 28));
  source.index = 5000;
  const auto beyond = pictures.load(source, 0);
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().message, "there is no digit 5000; there are 0 to 4999");
}

TEST(ConvolvePictures, ALongPictureIsAveragedDownAndSaysSo) {
  const ScratchFolder folder;
  const auto file = folder.path() / "long.png";
  std::vector<float> pixels(2048 * 16);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = i % 2 == 0 ? 100.0F : 200.0F;
  ASSERT_TRUE(drawings::write_png(file, 2048, 16, 1, pixels));
  PictureSource source;
  source.kind = PictureKind::kFile;
  source.file = file;
  const auto loaded = session::ConvolvePictures("").load(source, 0);
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_EQ(loaded->picture->width, 1024);
  EXPECT_EQ(loaded->picture->height, 8);
  EXPECT_EQ(loaded->picture->at(0, 17, 3), 150.0F);
  EXPECT_EQ(loaded->note, "long.png is 2048 x 16; it was averaged down to 1024 x 8");
}

TEST(ConvolvePictures, AveragingKeepsTheMeanWhereSidesDoNotDivide) {
  const Picture small = session::scaled_down(counting(30, 20), 12);
  ASSERT_EQ(small.width, 12);
  ASSERT_EQ(small.height, 8);
  double sum = 0;
  for (const float pixel : small.pixels) sum += static_cast<double>(pixel);
  EXPECT_NEAR(sum / static_cast<double>(small.pixels.size()), 599 / 2.0, 1e-3);
}

TEST(ConvolvePictures, APreviewIsTheMiddleSquare) {
  Picture wide{200, 112, 1, std::vector<float>(200 * 112, 9.0F)};
  for (int y = 0; y < 112; ++y) {
    for (int x = 44; x < 156; ++x) wide.pixels[static_cast<std::size_t>(y * 200 + x)] = 50.0F;
  }
  const Picture preview = session::preview_of(wide);
  EXPECT_EQ(preview.width, session::kPreviewSide);
  EXPECT_EQ(preview.height, session::kPreviewSide);
  EXPECT_EQ(std::count(preview.pixels.begin(), preview.pixels.end(), 50.0F), 56 * 56);
}

TEST(ConvolveScene, TheSameNumberGivesTheSamePixelsAndTheNextOneOthers) {
  const Picture one = session::draw_scene(100, false);
  EXPECT_EQ(one.pixels, session::draw_scene(100, false).pixels);
  EXPECT_NE(one.pixels, session::draw_scene(101, false).pixels);
  EXPECT_TRUE(std::all_of(one.pixels.begin(), one.pixels.end(), [](float p) { return p >= 0 && p <= 255; }));
}

TEST(ConvolveScene, GreyIsTheBrightnessOfTheColours) {
  const Picture grey = session::draw_scene(7, false), colour = session::draw_scene(7, true);
  ASSERT_EQ(colour.planes, 3);
  for (int i = 0; i < 256; i += 5) {
    EXPECT_NEAR(grey.at(0, i, i),
                0.299F * colour.at(0, i, i) + 0.587F * colour.at(1, i, i) + 0.114F * colour.at(2, i, i), 1.01F);
  }
}

// ---- The atlas

session::ConvolveFrame frame_of(int side, const std::vector<convolution::Size>& outputs) {
  session::ConvolveFrame frame;
  frame.input = std::make_shared<const Picture>(counting(side, side));
  frame.run.sizes = outputs;
  return frame;
}

TEST(ConvolveAtlas, NoTwoPlanesOverlapAndAllLieWithin) {
  const auto frame = frame_of(256, {{256, 256, 3}, {128, 128, 5}, {64, 300, 2}});
  std::vector<int> used(700 * 1200, 0);
  for (int picture = 0; picture < 4; ++picture) {
    const int planes = picture == 0 ? 1 : frame.run.sizes[static_cast<std::size_t>(picture - 1)].planes;
    for (int plane = 0; plane < planes; ++plane) {
      const auto place = session::atlas_place(frame, picture, plane, 700, 1200);
      ASSERT_TRUE(place) << picture << ", " << plane;
      ASSERT_LE(place->x + place->width, 700);
      ASSERT_LE(place->y + place->height, 1200);
      for (int y = place->y; y < place->y + place->height; ++y) {
        for (int x = place->x; x < place->x + place->width; ++x) {
          ASSERT_EQ(used[static_cast<std::size_t>(y * 700 + x)]++, 0) << picture << ", " << plane;
        }
      }
    }
  }
}

TEST(ConvolveAtlas, ThereIsNoPlaceForWhatDoesNotFitOrIsNotThere) {
  const auto frame = frame_of(256, {{256, 256, 2}});
  EXPECT_TRUE(session::atlas_place(frame, 1, 1, 768, 256));
  EXPECT_FALSE(session::atlas_place(frame, 1, 1, 767, 511));
  EXPECT_FALSE(session::atlas_place(frame, 0, 0, 255, 1000));
  EXPECT_FALSE(session::atlas_place(frame, 1, 2, 4096, 4096));
  EXPECT_FALSE(session::atlas_place(frame, 2, 0, 4096, 4096));
}

// ---- What of a picture is stepped through

convolution::Stage stage_of(int size, int stride = 1, int dilation = 1) {
  convolution::Stage stage;
  stage.filters = {convolution::box(size)};
  stage.stride = stride;
  stage.dilation = dilation;
  return stage;
}

TEST(ConvolveStepPart, ASmallLaunchIsTakenWhole) {
  const auto part = session::step_part(stage_of(3), counting(256, 256), 200, 10);
  EXPECT_EQ(part.width, 256);
  EXPECT_EQ(part.height, 256);
  EXPECT_EQ(part.x, 200);
  EXPECT_EQ(part.y, 10);
}

TEST(ConvolveStepPart, AnOutputOfThePartIsThatOfTheWholeWhereverItLies) {
  for (const int stride : {1, 2, 3}) {
    const auto stage = stage_of(7, stride, 2);
    const Picture input = counting(640, 480, 1);
    const Picture whole = convolution::reference(input, {stage}).front();
    for (const auto& [x, y] : {std::pair{0, 0}, {whole.width - 1, whole.height - 1}, {whole.width / 2, 3}, {5, 99}}) {
      const auto part = session::step_part(stage, input, x, y);
      EXPECT_LT(part.width * part.height, 70 * 70);
      Picture cut{part.width, part.height, 1, {}};
      for (int row = 0; row < part.height; ++row) {
        for (int column = 0; column < part.width; ++column) {
          cut.pixels.push_back(input.at(0, part.left + column, part.top + row));
        }
      }
      const Picture output = convolution::reference(cut, {stage}).front();
      ASSERT_LT(part.x, output.width);
      ASSERT_LT(part.y, output.height);
      EXPECT_EQ(output.at(0, part.x, part.y), whole.at(0, x, y)) << "stride " << stride << " at " << x << ", " << y;
    }
  }
}

}  // namespace
}  // namespace warpscope::tests
