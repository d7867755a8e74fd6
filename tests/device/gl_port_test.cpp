// Pictures from the GPU to an OpenGL texture, over the stand-in driver.
#include "compute/cuda/gl_port.h"

#include <gmock/gmock.h>

#include <numeric>

#include "tests/device/gl_context.h"
#include "tests/device/stand_in.h"

namespace warpscope::device {
namespace {

using cuda::AtlasPiece;
using cuda::AtlasRing;
using cuda::GlPort;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr int kWidth = 4, kHeight = 3;

class Port : public testing::StandIn {
 protected:
  void SetUp() override {
    device = open();
    ASSERT_NE(device, nullptr);
    begin();
  }
  // 2 x 2 floats 1, 2, 3, 4 in rows of three; a picture of 1 x 1.
  void begin() {
    const float floats[7] = {1, 2, 0, 3, 4, 0, 9};
    const auto made = device->allocate(sizeof floats, "pictures");
    ASSERT_TRUE(made);
    ASSERT_TRUE(device->write(*made, {reinterpret_cast<const std::uint8_t*>(floats), sizeof floats}));
    pieces = {{1, 0, 2, 2, *made, 12}, {0, 2, 1, 1, *made + 24, 0}};
    auto created = AtlasRing::create(device->context(), kWidth, kHeight);
    ASSERT_TRUE(created) << created.error().message;
    ring = *created;
  }
  void publish(std::uint64_t frame) {
    const auto done = ring->publish(device->stream(), pieces, frame);
    ASSERT_TRUE(done) << done.error().message;
  }

  std::unique_ptr<CudaDevice> device;
  std::vector<AtlasPiece> pieces;
  std::shared_ptr<AtlasRing> ring;
};

TEST_F(Port, PutsThePiecesIntoTheTexture) {
  const testing::GlContext gl;
  if (!gl.current()) GTEST_SKIP() << "no OpenGL 3.3 without a window on this machine";
  EXPECT_EQ(GlPort::gpu_of_context(device->context()->driver()), 0);
  const unsigned texture = gl.make_texture(kWidth, kHeight, -1);
  auto port = GlPort::open(device->context(), texture, kWidth, kHeight);
  ASSERT_TRUE(port) << port.error().message;
  EXPECT_EQ((*port)->present(*ring), std::nullopt) << "nothing yet";
  publish(7);
  publish(8);
  const auto shown = (*port)->present(*ring);
  ASSERT_TRUE(shown) << shown.error().message;
  EXPECT_EQ(*shown, 8U) << "the newest";
  const std::vector<float> texels = gl.read(texture, kWidth, kHeight);
  EXPECT_EQ(texels[1], 1);
  EXPECT_EQ(texels[2], 2);
  EXPECT_EQ(texels[5], 3);
  EXPECT_EQ(texels[6], 4);
  EXPECT_EQ(texels[8], 9);
  EXPECT_EQ((*port)->present(*ring), std::nullopt) << "once";
  for (std::uint64_t frame = 9; frame < 20; ++frame) {
    publish(frame);
    EXPECT_EQ((*port)->present(*ring), frame);
  }
}

TEST_F(Port, OfAnotherGpuSaysHowToStartTheProgram) {
  const auto expected =
      AllOf(HasSubstr("__NV_PRIME_RENDER_OFFLOAD=1 __GLX_VENDOR_LIBRARY_NAME=nvidia"), HasSubstr("304"));
  inject("gl refused\n");
  EXPECT_THAT(GlPort::gpu_of_context(device->context()->driver()).error().message, expected);
  EXPECT_THAT(GlPort::open(device->context(), 1, kWidth, kHeight).error().message, expected);
  inject("gl none\n");
  EXPECT_THAT(GlPort::gpu_of_context(device->context()->driver()).error().message,
              HasSubstr("__NV_PRIME_RENDER_OFFLOAD=1"));
  EXPECT_FALSE(device->lost()) << "the GPU computes all the same";
}

TEST_F(Port, IsOfNoUseAfterAnError) {
  const testing::GlContext gl;
  if (!gl.current()) GTEST_SKIP() << "no OpenGL 3.3 without a window on this machine";
  const unsigned texture = gl.make_texture(kWidth, kHeight, 0);
  auto port = GlPort::open(device->context(), texture, kWidth, kHeight);
  ASSERT_TRUE(port);
  inject("fail cuGraphicsSubResourceGetMappedArray 211\n");
  publish(1);
  EXPECT_FALSE((*port)->present(*ring));
  EXPECT_FALSE((*port)->usable());
  inject("");
  auto next = GlPort::open(device->context(), texture, kWidth, kHeight);
  ASSERT_TRUE(next) << next.error().message;
  publish(2);
  EXPECT_EQ((*next)->present(*ring), 2U) << "the texture was not left mapped";
}

TEST_F(Port, KnowsThatAFaultTookItsTextureAway) {
  const testing::GlContext gl;
  if (!gl.current()) GTEST_SKIP() << "no OpenGL 3.3 without a window on this machine";
  const unsigned texture = gl.make_texture(kWidth, kHeight, 0);
  auto port = GlPort::open(device->context(), texture, kWidth, kHeight);
  ASSERT_TRUE(port);
  ASSERT_TRUE(device->load(testing::module_of(testing::kCounting)));
  ASSERT_TRUE(device->launch({"wild", {1, 1, 1}, {1, 1, 1}, 0, {}, {}}, {})->fault);
  EXPECT_FALSE((*port)->usable());
  EXPECT_FALSE(ring->alive());
  EXPECT_THAT((*port)->present(*ring).error().message, HasSubstr("was set up anew"));
  begin();
  auto next = GlPort::open(device->context(), texture, kWidth, kHeight);
  ASSERT_TRUE(next);
  publish(3);
  EXPECT_EQ((*next)->present(*ring), 3U);
}

TEST_F(Port, RefusesPiecesOutsideTheAtlas) {
  pieces[0].x = 3;
  EXPECT_THAT(ring->publish(device->stream(), pieces, 1).error().message, HasSubstr("outside its atlas of 4 x 3"));
}

}  // namespace
}  // namespace warpscope::device
