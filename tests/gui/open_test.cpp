// Opening files and folders, the command line, and pictures turned back into strokes.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "app/open_file.h"
#include "app/options.h"
#include "app/trace.h"
#include "compute/drawings/prepare.h"
#include "tests/support/sample_view.h"
#include "tests/support/scratch_folder.h"

namespace warpscope::tests {
namespace {

namespace fs = std::filesystem;

class Open : public ::testing::Test {
 protected:
  std::string error_of(const fs::path& path) {
    const auto opened = app::open_in_learn(path, ui, commands);
    return opened ? "" : opened.error().message;
  }
  ScratchFolder folder;
  panels::UiState ui;
  std::vector<session::LearnCommand> commands;
};

TEST_F(Open, StrokesGoOntoThePadInThePadsOwnUnits) {
  std::ofstream(folder.path() / "a.json")
      << R"({"label": 3, "canvas": [560, 560], "strokes": [[[100, 200, 0], [300, 400, 9]]]})";
  EXPECT_EQ(error_of(folder.path() / "a.json"), "");
  ASSERT_EQ(ui.editor.drawing().strokes.size(), 1U);
  EXPECT_EQ(ui.editor.drawing().strokes[0][0].x, 50);
  EXPECT_EQ(ui.editor.drawing().strokes[0][1].y, 200);
  EXPECT_FALSE(ui.editor.drawing().label.has_value()) << "the network is to say what it is";
  ASSERT_EQ(commands.size(), 1U);
  EXPECT_EQ(std::get<session::SetDrawing>(commands[0]).version, ui.editor.version());
}

TEST_F(Open, PicturesWeightsAndFoldersGoWhereTheyBelong) {
  const auto picture = drawings::prepare(sample_drawing({}));
  ASSERT_TRUE(drawings::write_digit_png(picture, folder.path() / "seven.png"));
  EXPECT_EQ(error_of(folder.path() / "seven.png"), "");
  EXPECT_FALSE(ui.editor.drawing().empty());

  std::ofstream(folder.path() / "net.safetensors") << "x";
  EXPECT_EQ(error_of(folder.path() / "net.safetensors"), "");
  EXPECT_TRUE(std::holds_alternative<session::LoadWeights>(commands.back()));

  fs::create_directories(folder.path() / "idx");
  std::ofstream(folder.path() / "idx" / "train-images-idx3-ubyte.gz") << "x";
  EXPECT_EQ(error_of(folder.path() / "idx"), "");
  EXPECT_TRUE(std::holds_alternative<session::OpenDataset>(commands.back()));

  fs::create_directories(folder.path() / "drawn");
  std::ofstream(folder.path() / "drawn" / "00001-label7.json") << "{}";
  EXPECT_EQ(error_of(folder.path() / "drawn"), "");
  EXPECT_TRUE(std::holds_alternative<session::ImportDrawings>(commands.back()));
}

TEST_F(Open, SaysWhatIsWrongAndWhatIsAccepted) {
  EXPECT_EQ(error_of("/nowhere/a.json"), "There is no file /nowhere/a.json");
  std::ofstream(folder.path() / "table.csv") << "__global__";
  EXPECT_NE(
      error_of(folder.path() / "table.csv")
          .find("table.csv is nothing Warpscope can open. Step opens kernels (.cu, .ptx). Learn opens strokes (.json)"),
      std::string::npos);
  std::ofstream(folder.path() / "broken.json") << "{\"strokes\": [[[1, ";
  EXPECT_NE(error_of(folder.path() / "broken.json").find("broken.json"), std::string::npos);
  fs::create_directories(folder.path() / "empty");
  EXPECT_NE(error_of(folder.path() / "empty").find("neither IDX files nor drawings"), std::string::npos);
  std::ofstream(folder.path() / "no.png") << "not a picture";
  EXPECT_NE(error_of(folder.path() / "no.png").find("no.png"), std::string::npos);
  EXPECT_TRUE(commands.empty());
  EXPECT_TRUE(ui.editor.drawing().empty());
}

// Every pixel the mean of its 5 x 5 neighbourhood: pictures that differ by a pixel here and there stay alike.
std::vector<double> blurred(const drawings::DigitImage& image) {
  std::vector<double> result;
  for (int row = 0; row < 28; ++row) {
    for (int column = 0; column < 28; ++column) {
      double sum = 0;
      for (int r = std::max(0, row - 2); r <= std::min(27, row + 2); ++r) {
        for (int c = std::max(0, column - 2); c <= std::min(27, column + 2); ++c) {
          sum += image[static_cast<std::size_t>(r * 28 + c)];
        }
      }
      result.push_back(sum);
    }
  }
  return result;
}

// Cosine of the angle between two blurred pictures: 1 the same, 0 nothing in common.
double likeness(const drawings::DigitImage& a, const drawings::DigitImage& b) {
  const std::vector<double> first = blurred(a);
  const std::vector<double> second = blurred(b);
  double ab = 0;
  double aa = 0;
  double bb = 0;
  for (std::size_t i = 0; i < first.size(); ++i) {
    ab += first[i] * second[i];
    aa += first[i] * first[i];
    bb += second[i] * second[i];
  }
  return ab / std::sqrt(aa * bb);
}

TEST(Trace, APictureOfEveryDigitComesBackAsStrokesMoreLikeItThanLikeAnyOther) {
  std::vector<drawings::DigitImage> pictures;
  for (int digit = 0; digit < 10; ++digit) pictures.push_back(drawings::prepare(sample_drawing({.digit = digit})));
  for (std::size_t digit = 0; digit < 10; ++digit) {
    const drawings::Drawing traced = app::trace_picture(pictures[digit]);
    EXPECT_FALSE(traced.empty());
    EXPECT_LE(traced.strokes.size(), 4U) << digit;
    const auto again = drawings::prepare(traced);
    EXPECT_GT(likeness(again, pictures[digit]), 0.9) << digit;
    for (std::size_t other = 0; other < 10; ++other) {
      if (other == digit) continue;
      EXPECT_GT(likeness(again, pictures[digit]), likeness(again, pictures[other])) << digit << " and " << other;
    }
  }
}

TEST(Trace, ABlackPictureHasNoStrokes) {
  EXPECT_TRUE(app::trace_picture({}).empty());
}

std::variant<app::AppOptions, int> parse(std::vector<const char*> words) {
  words.insert(words.begin(), "warpscope");
  return app::parse_options(static_cast<int>(words.size()), words.data());
}

TEST(Options, AreTakenAsWritten) {
  const auto parsed =
      parse({"seven.json", "--size", "1600x900", "--scale", "2", "--seed", "9", "--light", "--data-dir", "/tmp/d"});
  const auto* options = std::get_if<app::AppOptions>(&parsed);
  ASSERT_NE(options, nullptr);
  EXPECT_EQ(options->open, "seven.json");
  EXPECT_EQ(options->width, 1600);
  EXPECT_EQ(options->height, 900);
  EXPECT_EQ(options->scale, 2);
  EXPECT_EQ(options->seed, 9U);
  EXPECT_EQ(options->dark, false);
  EXPECT_EQ(options->data_dir, "/tmp/d");
}

TEST(Options, WhatIsWrongEndsWithTwo) {
  for (const auto& words : std::vector<std::vector<const char*>>{{"--size", "wide"},
                                                                 {"--size", "10x10"},
                                                                 {"--workspace", "maps"},
                                                                 {"--device", "tpu"},
                                                                 {"--scale", "9"},
                                                                 {"--script", "/nowhere.script"},
                                                                 {"--screenshots", "/tmp"},
                                                                 {"--light", "--dark"}}) {
    const auto parsed = parse(words);
    const int* code = std::get_if<int>(&parsed);
    ASSERT_NE(code, nullptr) << words[0];
    EXPECT_EQ(*code, 2) << words[0];
  }
}

}  // namespace
}  // namespace warpscope::tests
