// The Convolve workspace without its window: what is shown is what was asked for, and nothing runs for nobody.
#include <fstream>

#include "compute/drawings/picture_file.h"
#include "compute/session/convolve_scene.h"
#include "tests/session/live_convolve.h"

namespace warpscope::tests {
namespace {

using convolution::Picture;
using convolution::Variant;
using namespace session;

TEST_F(LiveConvolve, BeginsWithThePictureOfALighthouseAndItsEdges) {
  const View& view = settled();
  EXPECT_EQ(view.title, "Lighthouse");
  EXPECT_EQ(view.problem, "");
  EXPECT_EQ(view.device.state, device::DeviceState::kVirtual);
  ASSERT_EQ(view.frame->outputs.size(), 1U);
  EXPECT_EQ(view.frame->outputs.front()->width, 256);
  expect_reference(*view.frame);
}

TEST_F(LiveConvolve, NewSettingsGiveANewFrameThatIsEqualToTheReference) {
  for (const Variant variant : convolution::kVariants) {
    const std::uint64_t before = settled().frame->version;
    const View& view = after(with({"gaussian", "sobel-x"}, variant));
    EXPECT_GT(view.frame->version, before);
    EXPECT_EQ(view.frame->settings, view.settings);
    EXPECT_EQ(view.settings.variant, variant);
    expect_reference(*view.frame);
  }
}

TEST_F(LiveConvolve, ColoursAreThreePlanes) {
  const View& view = show_shipped("window", true);
  EXPECT_EQ(view.frame->input->planes, 3);
  EXPECT_EQ(view.frame->outputs.front()->planes, 3);
  expect_reference(*view.frame);
}

TEST_F(LiveConvolve, SettingsThatCannotBeAreAProblemAndTheOldFrameStays) {
  const auto old = settled().frame;
  SetConvolve wrong = with({"sobel-x"});
  wrong.settings.chain.front().stride = 9;
  const View& view = after(wrong);
  EXPECT_NE(view.problem.find("stride"), std::string::npos) << view.problem;
  EXPECT_EQ(view.frame->version, old->version);
  EXPECT_EQ(view.settings.chain.front().stride, 9);
  const View& mended = after(with({"sobel-y"}));
  EXPECT_EQ(mended.problem, "");
  EXPECT_GT(mended.frame->version, old->version);
}

// ---- Pictures

TEST_F(LiveConvolve, APersonsOwnPictureIsShown) {
  const auto file = folder_.path() / "mine.png";
  std::vector<float> pixels(40 * 30, 17.0F);
  pixels[41] = 250;
  ASSERT_TRUE(drawings::write_png(file, 40, 30, 1, pixels));
  const View& view = show_file(file);
  EXPECT_EQ(view.title, "mine.png");
  EXPECT_EQ(view.frame->input->pixels, pixels);
  expect_reference(*view.frame);
}

TEST_F(LiveConvolve, AFileThatIsNoPictureSaysWhatIsAcceptedAndTheOldPictureStays) {
  const auto old = settled().frame;
  const auto file = folder_.path() / "notes.txt";
  std::ofstream(file) << "edges and corners";
  const View& view = show_file(file);
  EXPECT_NE(view.problem.find("notes.txt"), std::string::npos) << view.problem;
  EXPECT_NE(view.problem.find("PNG"), std::string::npos) << view.problem;
  ASSERT_FALSE(view.messages.empty());
  EXPECT_EQ(view.messages.back().kind, Message::Kind::kError);
  EXPECT_EQ(view.source.kind, PictureKind::kShipped);
  EXPECT_EQ(view.title, "Lighthouse");
  EXPECT_EQ(view.frame->input, old->input);
  EXPECT_EQ(show_shipped("rings").problem, "");
}

TEST_F(LiveConvolve, AFileThatIsNotThereIsNamed) {
  const View& view = show_file(folder_.path() / "gone.png");
  EXPECT_NE(view.problem.find("gone.png"), std::string::npos) << view.problem;
}

TEST_F(LiveConvolve, TheDigitBeingDrawnIsShownAsTheNetworkSeesIt) {
  show(PictureKind::kDrawing);
  drawings::DigitImage image{};
  image[28 * 14 + 14] = 255;
  const View& view = after(SetDrawnDigit{image});
  EXPECT_EQ(view.frame->input->width, 28);
  EXPECT_EQ(view.frame->input->at(0, 14, 14), 255.0F);
  // Sobel x of a point: its weights, turned round.
  EXPECT_EQ(view.frame->outputs.front()->at(0, 13, 14), 2 * 255.0F);
  EXPECT_EQ(view.frame->outputs.front()->at(0, 15, 14), -2 * 255.0F);
}

TEST_F(LiveConvolve, EveryPictureOfThePickerGetsAPreview) {
  const View& view = until([](const View& v) {
    return std::all_of(v.pictures.begin(), v.pictures.end(), [](const auto& choice) { return choice.preview; });
  });
  for (const PictureChoice& choice : view.pictures) {
    EXPECT_EQ(choice.preview->width, 56) << choice.title;
    EXPECT_EQ(choice.preview->height, 56) << choice.title;
  }
}

// ---- What moves

TEST_F(LiveConvolve, TheSceneMovesUntilItIsPaused) {
  show(PictureKind::kScene);
  const auto first = session().view()->frame;
  until([&](const View& v) { return v.frame->version >= first->version + 5 && v.frames_per_second > 0; });
  const auto later = session().view()->frame;
  EXPECT_NE(later->input->pixels, first->input->pixels);
  expect_reference(*later);
  const std::uint64_t paused = after(PlayScene{false}).frame->version;
  const View& still = until([](const View& v) { return v.frames_per_second == 0 && v.frame->checked; });
  EXPECT_EQ(still.frame->version, paused);
  EXPECT_FALSE(still.playing);
}

TEST_F(LiveConvolve, TheSceneGoesOnWhereWrongSettingsHaveBeenMended) {
  show(PictureKind::kScene);
  SetConvolve wrong = with({"box"});
  wrong.settings.block = {0, 1, 1};
  const View& stuck = after(wrong);
  EXPECT_NE(stuck.problem.find("block"), std::string::npos) << stuck.problem;
  const std::uint64_t version = stuck.frame->version;
  after(with({"box"}));
  const View& moving = until([&](const View& v) { return v.frame->version >= version + 3; });
  EXPECT_EQ(moving.problem, "");
  EXPECT_EQ(moving.frame->settings, with({"box"}).settings);
}

TEST_F(LiveConvolve, NothingIsComputedWhileNobodyLooks) {
  show(PictureKind::kScene);
  const View hidden = after(SetConvolveVisible{false});
  // All of these are answered, so a frame would have been computed if any were.
  after(with({"box"}));
  after(with({"emboss"}));
  EXPECT_EQ(session().view()->frame->version, hidden.frame->version);
  session().send(SetConvolveVisible{true});
  const View& seen = until([&](const View& v) { return v.frame->version > hidden.frame->version; });
  EXPECT_EQ(seen.frame->settings, with({"emboss"}).settings);
}

// ---- At rest

TEST_F(LiveConvolve, AtRestTheFrameIsComparedWithTheReference) {
  const View& view = until([](const View& v) { return v.frame && v.frame->checked; });
  EXPECT_LT(view.frame->largest_error, 1e-5);
}

TEST_F(LiveConvolve, AtRestEveryVariantIsMeasuredRowByRow) {
  const View& view = until([](const View& v) { return v.table && !v.table->measuring; });
  ASSERT_EQ(view.table->rows.size(), convolution::kVariants.size());
  for (std::size_t i = 0; i < view.table->rows.size(); ++i) {
    const convolution::VariantReport& row = view.table->rows[i];
    EXPECT_EQ(row.variant, convolution::kVariants[i]);
    if (!row.why_not.empty()) continue;
    EXPECT_GT(row.seconds, 0);
    ASSERT_TRUE(row.counts);
    EXPECT_GT(row.counts->sectors, 0U);
    EXPECT_LT(row.largest_error, 1e-5);
  }
  EXPECT_EQ(view.table->settings, view.settings);
}

TEST_F(LiveConvolve, AnotherVariantOfTheSameChainIsNotMeasuredAnew) {
  const auto table = until([](const View& v) { return v.table && !v.table->measuring; }).table;
  const std::uint64_t frame = after(with({"sobel-x"}, Variant::kNaive)).frame->version;
  const View& view = until([&](const View& v) { return v.frame->version == frame && v.frame->checked; });
  EXPECT_EQ(view.table->version, table->version);
}

TEST_F(LiveConvolve, MeasuringMakesWayForACommandAndBeginsAnewForWhatItChanged) {
  after(MeasureVariants{});
  until([](const View& v) { return v.table && v.table->measuring; });
  const View& view = after(with({"box", "laplacian"}));
  expect_reference(*view.frame);
  const View& measured =
      until([&](const View& v) { return v.table && !v.table->measuring && v.table->settings == v.settings; });
  EXPECT_EQ(measured.table->rows.size(), convolution::kVariants.size());
}

TEST_F(LiveConvolve, ALargePicturesVariantsAreMeasuredOnlyWhereSomebodyAsks) {
  const auto file = folder_.path() / "large.png";
  ASSERT_TRUE(drawings::write_png(file, 520, 520, 1, std::vector<float>(520 * 520, 8.0F)));
  show_file(file);
  after(with({"identity"}));
  const View& rested = until([](const View& v) {
    return v.frame->checked &&
           std::all_of(v.pictures.begin(), v.pictures.end(), [](const auto& p) { return p.preview; });
  });
  EXPECT_FALSE(rested.table && rested.table->settings == rested.settings);
  after(MeasureVariants{});
  until([](const View& v) { return v.table && !v.table->rows.empty() && v.table->settings == v.settings; });
}

// ---- Files

TEST_F(LiveConvolve, AnOutputIsSavedInTheRangeItHas) {
  after(with({"identity"}));
  const auto plain = folder_.path() / "plain.png", edges = folder_.path() / "edges.png";
  const View& view = after(SavePicture{plain, 0});
  EXPECT_EQ(view.messages.back().text, "Saved: " + plain.string());
  const auto read = drawings::read_picture(plain);
  ASSERT_TRUE(read);
  EXPECT_EQ(drawings::planar(*read), view.frame->input->pixels);

  const auto output = after(with({"sobel-x"})).frame->outputs.front();
  const std::string told = after(SavePicture{edges, 0}).messages.back().text;
  const auto stretched = drawings::read_picture(edges);
  ASSERT_TRUE(stretched);
  const auto [smallest, largest] = std::minmax_element(output->pixels.begin(), output->pixels.end());
  EXPECT_LT(*smallest, 0);
  EXPECT_EQ(stretched->bytes[static_cast<std::size_t>(smallest - output->pixels.begin())], 0);
  EXPECT_EQ(stretched->bytes[static_cast<std::size_t>(largest - output->pixels.begin())], 255);
  EXPECT_NE(told.find("Black is -"), std::string::npos) << told;
  EXPECT_EQ(after(SavePicture{edges, 3}).messages.back().text, "There is no stage 4; the chain has 1");
}

}  // namespace
}  // namespace warpscope::tests
