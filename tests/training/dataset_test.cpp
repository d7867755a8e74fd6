#include "compute/training/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <array>
#include <numeric>

#include "tests/training/helpers.h"

namespace warpscope::training {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string text(std::initializer_list<int> bytes) {
  std::string result;
  for (const int byte : bytes) result.push_back(static_cast<char>(byte));
  return result;
}

std::string gzipped(const std::string& bytes) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string packed(bytes.size() + 1000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

base::Result<IdxFile> parsed(const std::string& bytes) {
  return parse_idx({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, "some.idx");
}

std::string error_of(const std::string& bytes) {
  const auto file = parsed(bytes);
  return file ? "no error" : file.error().text();
}

// Two pictures of 2x3.
const std::string kHeader = text({0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3});
const std::string kPictures = kHeader + text({0, 1, 2, 3, 4, 5, 250, 251, 252, 253, 254, 255});

TEST(Idx, ReadsSizesAndBytesPlainAndPacked) {
  for (const std::string& bytes : {kPictures, gzipped(kPictures)}) {
    const auto file = parsed(bytes);
    ASSERT_TRUE(file) << file.error().text();
    EXPECT_THAT(file->sizes, ElementsAre(2, 2, 3));
    EXPECT_THAT(file->data, ElementsAre(0, 1, 2, 3, 4, 5, 250, 251, 252, 253, 254, 255));
  }
}

TEST(Idx, ReadsAGzipFileOfTwoMembers) {
  const auto file = parsed(gzipped(kPictures.substr(0, 20)) + gzipped(kPictures.substr(20)));
  ASSERT_TRUE(file) << file.error().text();
  EXPECT_EQ(file->data.size(), 12U);
}

TEST(Idx, SaysWhatTheMagicWasWhereItIsNotIdx) {
  EXPECT_THAT(error_of("PK\x03\x04 and so on"), HasSubstr("some.idx: not an IDX file: it begins with 50 4b 03 04"));
  EXPECT_THAT(error_of(""), HasSubstr("empty"));
  EXPECT_THAT(error_of(text({0, 0})), HasSubstr("begins with 00 00"));
  EXPECT_THAT(error_of(text({0, 0, 8, 0})), HasSubstr("not an IDX file")) << "no dimensions";
}

TEST(Idx, RefusesTypesOtherThanUnsignedBytesByName) {
  EXPECT_THAT(error_of(text({0, 0, 0x0d, 1, 0, 0, 0, 1, 0, 0, 0, 0})), HasSubstr("32-bit floats (type 0x0d)"));
  EXPECT_THAT(error_of(text({0, 0, 0x09, 1, 0, 0, 0, 1, 0})), HasSubstr("signed bytes"));
}

TEST(Idx, SaysHowManyBytesATruncatedFileWantsAndHas) {
  const std::string cut = kPictures.substr(0, kPictures.size() - 5);
  EXPECT_THAT(error_of(cut), HasSubstr("truncated: its sizes 2 x 2 x 3 make 12 bytes, found 7"));
  EXPECT_THAT(error_of(gzipped(cut)), HasSubstr("truncated: its sizes 2 x 2 x 3 make 12 bytes, found 7"));
  EXPECT_THAT(error_of(kHeader.substr(0, 10)), HasSubstr("the sizes of 3 dimensions take 12 bytes, found 6"));
}

TEST(Idx, SaysHowManyBytesAreLeftOver) {
  EXPECT_THAT(error_of(kPictures + "abc"), HasSubstr("3 bytes left over after the 12"));
  EXPECT_THAT(error_of(gzipped(kPictures + "abc")), HasSubstr("3 bytes left over after the 12"));
}

TEST(Idx, RefusesAbsurdSizesWithoutReservingThem) {
  EXPECT_THAT(error_of(text({0, 0, 8, 2, 255, 255, 255, 255, 255, 255, 255, 255})), HasSubstr("more than 4 GiB"));
  // Under the limit, but the file is small: truncated, found 1.
  EXPECT_THAT(error_of(text({0, 0, 8, 1, 255, 255, 255, 0, 9})), HasSubstr("make 4294967040 bytes, found 1"));
}

TEST(Idx, SaysWhereGzipIsDamagedOrEnds) {
  std::string packed = gzipped(kPictures);
  EXPECT_THAT(error_of(packed.substr(0, packed.size() - 10)), HasSubstr("gzip data ends in the middle"));
  packed[packed.size() - 6] ^= 1;  // its checksum
  EXPECT_THAT(error_of(packed), HasSubstr("gzip data is damaged"));
}

TEST(Idx, NamesAFileThatIsNotThere) {
  const auto file = read_idx("/nowhere/train-images");
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().text(), HasSubstr("/nowhere/train-images: "));
  EXPECT_THAT(file.error().text(), HasSubstr("No such file"));
}

TEST(Idx, WritesWhatItReads) {
  const TemporaryFolder folder;
  const auto file = parsed(kPictures);
  ASSERT_TRUE(write_idx(*file, folder / "copy"));
  EXPECT_EQ(read_bytes(folder / "copy"), kPictures);
  EXPECT_FALSE(write_idx({{3, 2}, {1, 2, 3}}, folder / "wrong")) << "3 x 2 is not 3 bytes";
}

std::string labels_file(std::initializer_list<int> labels) {
  return text({0, 0, 8, 1, 0, 0, 0, static_cast<int>(labels.size())}) + text(labels);
}

std::string error_of_pair(const std::string& pictures, const std::string& labels) {
  const TemporaryFolder folder;
  write_bytes(folder / "pictures", pictures);
  write_bytes(folder / "labels", labels);
  const auto dataset = read_dataset(folder / "pictures", folder / "labels");
  return dataset ? "no error" : dataset.error().text();
}

TEST(ReadDataset, PutsPicturesAndLabelsTogether) {
  const TemporaryFolder folder;
  write_bytes(folder / "pictures", kPictures);
  write_bytes(folder / "labels", labels_file({3, 9}));
  const auto dataset = read_dataset(folder / "pictures", folder / "labels");
  ASSERT_TRUE(dataset) << dataset.error().text();
  EXPECT_EQ(dataset->shape, (Shape{1, 2, 3}));
  EXPECT_EQ(dataset->count(), 2);
  EXPECT_THAT(dataset->picture(1), ElementsAre(250, 251, 252, 253, 254, 255));
}

TEST(ReadDataset, TurnsColourPicturesChannelsFirst) {
  const TemporaryFolder folder;
  // One picture of 1x2 with red, green, blue: (1,2,3) and (4,5,6).
  write_bytes(folder / "pictures",
              text({0, 0, 8, 4, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6}));
  write_bytes(folder / "labels", labels_file({0}));
  const auto dataset = read_dataset(folder / "pictures", folder / "labels");
  ASSERT_TRUE(dataset) << dataset.error().text();
  EXPECT_EQ(dataset->shape, (Shape{3, 1, 2}));
  EXPECT_THAT(dataset->picture(0), ElementsAre(1, 4, 2, 5, 3, 6));
}

TEST(ReadDataset, SaysWhatDoesNotBelongTogether) {
  EXPECT_THAT(error_of_pair(kPictures, labels_file({1, 2, 3})), HasSubstr("3 labels, but pictures has 2 pictures"));
  EXPECT_THAT(error_of_pair(kPictures, labels_file({1, 10})), HasSubstr("the label of item 1 (from 0) is 10"));
  EXPECT_THAT(error_of_pair(kPictures, kPictures), HasSubstr("labels have one size"));
  EXPECT_THAT(error_of_pair(labels_file({1}), labels_file({1})), HasSubstr("pictures have 3 sizes"));
  EXPECT_THAT(error_of_pair(text({0, 0, 8, 3, 0, 0, 0, 0, 0, 0, 0, 28, 0, 0, 0, 28}), labels_file({})),
              HasSubstr("no picture"));
}

TEST(ReadSplit, GivesMnistAs55000And5000AndLeavesTheTestSetAlone) {
  const auto split = read_split(mnist_folder());
  ASSERT_TRUE(split) << split.error().text();
  EXPECT_EQ(split->name, "mnist");
  EXPECT_EQ(split->train->count(), 55000);
  EXPECT_EQ(split->validation->count(), 5000);
  // The labels of MNIST begin 5 0 4 1 9 2 and end 8 3 5 6 8, as its page shows.
  EXPECT_THAT(std::vector<int>(split->train->labels.begin(), split->train->labels.begin() + 6),
              ElementsAre(5, 0, 4, 1, 9, 2));
  EXPECT_THAT(std::vector<int>(split->validation->labels.end() - 5, split->validation->labels.end()),
              ElementsAre(8, 3, 5, 6, 8));
  // The mean over all training pixels is the 0.1307 everybody normalises with.
  double sum = std::accumulate(split->train->pixels.begin(), split->train->pixels.end(), 0.0);
  sum = std::accumulate(split->validation->pixels.begin(), split->validation->pixels.end(), sum);
  EXPECT_NEAR(sum / (60000.0 * 784 * 255), 0.1307, 0.00005);
}

TEST(ReadSplit, ReadsTheTestSetOfMnistWhenAsked) {
  const auto split = read_split(mnist_folder());
  const auto test = read_test(*split);
  ASSERT_TRUE(test) << test.error().text();
  EXPECT_EQ(test->count(), 10000);
  std::array<int, 10> counts{};
  for (const int label : test->labels) ++counts[static_cast<std::size_t>(label)];
  EXPECT_THAT(counts, ElementsAre(980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)) << "as published";
}

void write_small_set(const std::filesystem::path& folder, int pictures) {
  std::filesystem::create_directories(folder);
  std::vector<std::uint8_t> labels(static_cast<std::size_t>(pictures));
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::uint8_t>(i % 10);
  const auto count = static_cast<std::uint32_t>(pictures);
  for (const char* part : {"train", "t10k"}) {
    ASSERT_TRUE(write_idx({{count, 4, 4}, std::vector<std::uint8_t>(count * 16, 7)},
                          folder / (std::string(part) + "-images-idx3-ubyte")));
    ASSERT_TRUE(write_idx({{count}, labels}, folder / (std::string(part) + "-labels-idx1-ubyte")));
  }
}

TEST(ReadSplit, KeepsTheLastTwelfthOfOtherSetsForValidation) {
  const TemporaryFolder folder;
  write_small_set(folder / "my-digits", 36);
  const auto split = read_split(folder.path().string() + "/my-digits/");
  ASSERT_TRUE(split) << split.error().text();
  EXPECT_EQ(split->name, "my-digits");
  EXPECT_EQ(split->train->count(), 33);
  EXPECT_THAT(split->validation->labels, ElementsAre(3, 4, 5)) << "items 33, 34, 35";
}

TEST(ReadSplit, NamesTheFilesThatAreMissing) {
  const TemporaryFolder folder;
  write_small_set(folder / "set", 12);
  std::filesystem::remove(folder / "set" / "t10k-labels-idx1-ubyte");
  const auto split = read_split(folder / "set");
  ASSERT_FALSE(split);
  EXPECT_THAT(split.error().text(), HasSubstr("t10k-labels-idx1-ubyte missing"));
  EXPECT_THAT(split.error().text(), ::testing::Not(HasSubstr("train-images")));
}

TEST(ReadTest, RefusesPicturesOfAnotherSizeThanThoseTrainedOn) {
  const TemporaryFolder folder;
  write_small_set(folder / "set", 12);
  ASSERT_TRUE(write_idx({{1, 5, 5}, std::vector<std::uint8_t>(25)}, folder / "set" / "t10k-images-idx3-ubyte"));
  ASSERT_TRUE(write_idx({{1}, {0}}, folder / "set" / "t10k-labels-idx1-ubyte"));
  const auto test = read_test(read_split(folder / "set").value());
  ASSERT_FALSE(test);
  EXPECT_THAT(test.error().text(), HasSubstr("5x5"));
}

}  // namespace
}  // namespace warpscope::training
