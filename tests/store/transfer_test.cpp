#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "compute/drawings/atomic_file.h"
#include "tests/store/kill_child/work.h"
#include "tests/support/scratch_folder.h"

namespace warpscope::tests {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

void write(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}
std::string read(const fs::path& path) {
  return *drawings::read_whole_file(path, 1 << 24);
}

class Transfer : public testing::Test {
 protected:
  ScratchFolder folder;
  fs::path out = folder.path() / "out";
  store::Store store = *store::Store::open(folder.path() / "data");
  store::Store other = *store::Store::open(folder.path() / "other");

  void add(std::uint64_t n) {
    const auto made = drawing_number(n);
    ASSERT_TRUE(store.add_drawing(made.drawing, made.image).has_value());
  }
  void add_picture(int label, std::uint64_t n) {
    drawings::Drawing only_label;
    only_label.label = label;
    ASSERT_TRUE(store.add_drawing(only_label, drawing_number(n).image).has_value());
  }
  void export_all() { ASSERT_TRUE(store::export_drawings(*store.drawings(), out).has_value()); }
};

TEST_F(Transfer, ExportWritesStrokesPicturesAndAnIdxPairThatOtherProgramsRead) {
  add(7);
  add(3);
  EXPECT_EQ(*store::export_drawings(*store.drawings(), out), 2);
  EXPECT_EQ(*drawings::read_strokes_file(out / "00001-label7.json"), drawing_number(7).drawing);
  EXPECT_EQ(*drawings::read_digit_picture(out / "00002-label3.png"), drawing_number(3).image);
  // The header by the published format: magic 2051, 2 pictures of 28 x 28; magic 2049, 2 labels.
  const std::string images = read(out / "drawings-images-idx3-ubyte");
  EXPECT_EQ(images.substr(0, 16), std::string("\0\0\x08\x03\0\0\0\x02\0\0\0\x1c\0\0\0\x1c", 16));
  ASSERT_EQ(images.size(), 16U + 2 * 784);
  const drawings::DigitImage second = drawing_number(3).image;
  EXPECT_EQ(images.substr(16 + 784), std::string(second.begin(), second.end()));
  EXPECT_EQ(read(out / "drawings-labels-idx1-ubyte"), std::string("\0\0\x08\x01\0\0\0\x02\x07\x03", 10));
}

TEST_F(Transfer, WhatWasExportedComesInWhole) {
  for (const std::uint64_t n : {7U, 3U, 13U}) add(n);
  add_picture(4, 4);
  export_all();
  const auto report = *store::import_drawings(other, out);
  EXPECT_EQ(report.imported, 4);
  EXPECT_EQ(report.already_there, 0);
  EXPECT_THAT(report.skipped, SizeIs(0));
  const auto was = *store.drawings();
  const auto is = *other.drawings();
  ASSERT_EQ(is.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(is[i].drawing, was[i].drawing);
    EXPECT_EQ(is[i].image, was[i].image);
  }
}

TEST_F(Transfer, ImportingTwiceAddsNothing) {
  for (const std::uint64_t n : {7U, 3U}) add(n);
  add_picture(4, 4);
  export_all();
  const auto back = *store::import_drawings(store, out);
  EXPECT_EQ(back.imported, 0);
  EXPECT_EQ(back.already_there, 3);
  EXPECT_EQ(store.drawings()->size(), 3U);
}

TEST_F(Transfer, TheSameStrokesUnderAnotherLabelAreAnotherDrawing) {
  add(7);
  export_all();
  ASSERT_TRUE(store.relabel(1, 1).has_value());
  EXPECT_EQ(store::import_drawings(store, out)->imported, 1);
  EXPECT_EQ(store.drawings()->size(), 2U);
}

TEST_F(Transfer, ExportingAgainLeavesNoFileUnderTheOldLabel) {
  add(7);
  export_all();
  ASSERT_TRUE(store.relabel(1, 1).has_value());
  export_all();
  EXPECT_FALSE(fs::exists(out / "00001-label7.json"));
  EXPECT_FALSE(fs::exists(out / "00001-label7.png"));
  EXPECT_TRUE(fs::exists(out / "00001-label1.json"));
}

TEST_F(Transfer, AnIdxPairAloneComesInAsPictures) {
  for (const std::uint64_t n : {7U, 3U}) add(n);
  export_all();
  const fs::path pair = folder.path() / "pair";
  fs::create_directory(pair);
  fs::copy(out / "drawings-images-idx3-ubyte", pair);
  fs::copy(out / "drawings-labels-idx1-ubyte", pair);
  EXPECT_EQ(store::import_drawings(other, pair)->imported, 2);
  EXPECT_TRUE(other.drawings()->at(0).drawing.empty());
  EXPECT_EQ(other.drawings()->at(1).image, drawing_number(3).image);
  EXPECT_EQ(other.drawings()->at(1).drawing.label, 3);
  EXPECT_EQ(store::import_drawings(other, pair)->already_there, 2);
}

TEST_F(Transfer, MnistItselfComesInFromItsGzipFiles) {
  const fs::path mnist = folder.path() / "mnist";
  fs::create_directory(mnist);
  for (const char* name : {"t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"}) {
    fs::copy(fs::path(WARPSCOPE_SOURCE_DIR) / "assets/mnist" / name, mnist);
  }
  const auto report = *store::import_drawings(other, mnist);
  EXPECT_EQ(report.imported, 10'000);  // the test set has no picture twice
  EXPECT_EQ(other.drawings()->at(0).drawing.label, 7);
  EXPECT_EQ(other.drawings()->at(9'999).drawing.label, 6);
}

TEST_F(Transfer, WhatCannotBeReadIsNamedWithItsReasonAndTheRestComesIn) {
  fs::create_directory(out);
  write(out / "a.json", drawings::strokes_json(drawing_number(5).drawing));
  write(out / "b-no-label.json", R"({"canvas": [10, 10], "strokes": [[[1, 2, 3]]]})");
  write(out / "c-broken.json", "{\"canvas\": [10, 10],\n \"strokes\": [[[1, x]]]}");
  write(out / "d-empty.json", R"({"label": 1, "canvas": [10, 10], "strokes": []})");
  write(out / "e-name.png", "not looked at");
  write(out / "f-label3.png", "no picture");
  write(out / "g-images-idx3-ubyte", std::string("\0\0\x08\x03\0\0\0\x02\0\0\0\x1c\0\0\0\x1c", 16) + "too short");
  write(out / "notes.txt", "passed over");
  const auto report = *store::import_drawings(other, out);
  EXPECT_EQ(report.imported, 1);
  EXPECT_THAT(
      report.skipped,
      ElementsAre(
          HasSubstr("b-no-label.json: it has no label"), HasSubstr("c-broken.json: 2:19: this is not JSON"),
          HasSubstr("d-empty.json: it has no strokes"), HasSubstr("e-name.png: its name does not say which digit"),
          HasSubstr("f-label3.png: this is not a picture"),
          AllOf(HasSubstr("g-images-idx3-ubyte: "), HasSubstr("announces 1568 bytes of data, and there are 9"))));
}

TEST_F(Transfer, IdxPairsThatDoNotFitAreRefused) {
  fs::create_directory(out);
  const std::string one_picture =
      std::string("\0\0\x08\x03\0\0\0\x01\0\0\0\x1c\0\0\0\x1c", 16) + std::string(784, '\x50');
  write(out / "a-images-idx3-ubyte", one_picture);
  write(out / "a-labels-idx1-ubyte", std::string("\0\0\x08\x01\0\0\0\x02\x01\x02", 10));
  write(out / "b-images-idx3-ubyte", one_picture);
  write(out / "b-labels-idx1-ubyte", std::string("\0\0\x08\x01\0\0\0\x01\x0b", 9));
  write(out / "c-images-idx3-ubyte", one_picture);
  write(out / "d-images-idx3-ubyte", std::string("\0\0\x08\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 16));
  write(out / "d-labels-idx1-ubyte", "");
  write(out / "e-images-idx3-ubyte.gz", "\x1f\x8b damaged");
  const auto report = *store::import_drawings(other, out);
  EXPECT_EQ(report.imported, 0);
  EXPECT_THAT(report.skipped, ElementsAre(HasSubstr("2 labels for 1 pictures"), HasSubstr("label 1 of 1 is 11"),
                                          HasSubstr("cannot be opened"), HasSubstr("announces more than"),
                                          HasSubstr("damaged or cut off")));
}

TEST_F(Transfer, AFolderThatIsNotThereIsAnError) {
  EXPECT_THAT(store::import_drawings(store, folder.path() / "nowhere").error().message,
              HasSubstr("there is no such folder"));
  write(folder.path() / "file", "");
  EXPECT_FALSE(store::export_drawings({}, folder.path() / "file").has_value());
}

}  // namespace
}  // namespace warpscope::tests
