// Training on a real GPU's code path, over the stand-in driver: the same bits as on the virtual GPU, and what happens
// when the GPU is pulled out, has no memory left, or a kernel breaks it.
#include <gmock/gmock.h>

#include "compute/device/virtual_device.h"
#include "tests/device/stand_in.h"
#include "tests/training/device_training.h"

namespace warpscope::training {
namespace {

const NetworkSpec kSmallCnn = {
    "small cnn",
    "",
    {1, 28, 28},
    {{LayerKind::kConv, 4, 3}, {LayerKind::kRelu}, {LayerKind::kMaxPool, 0, 2}, {LayerKind::kDense, 10}}};

class TrainingOnStandIn : public device::testing::StandIn {
 protected:
  std::unique_ptr<Backend> on_gpu(const NetworkSpec& network, DeviceBackendOptions options = {}) const {
    auto backend = open_device_backend(BackendKind::kCuda, network, 8, options);
    EXPECT_TRUE(backend) << (backend ? "" : backend.error().text());
    if (!backend) return nullptr;
    (*backend)->set_optimizer({});
    EXPECT_TRUE((*backend)->set_weights(initial_weights(network, 1)));
    EXPECT_TRUE((*backend)->set_pictures(pictures_));
    return std::move(*backend);
  }
  std::vector<PlannedStep> steps(int count) const {
    std::vector<PlannedStep> all;
    for (int i = 0; i < count; ++i) all.push_back(step_of(*pictures_, 5 * i, i % 4 == 3 ? 3 : 8, 0.01F));
    return all;
  }
  std::shared_ptr<const Dataset> pictures_ = digits(50);
};

TEST_F(TrainingOnStandIn, GivesTheBitsOfTheVirtualGpu) {
  for (const NetworkSpec& network : {find_network("mlp128").value(), kSmallCnn}) {
    SCOPED_TRACE(network.name);
    const auto gpu = on_gpu(network);
    const auto other = on_virtual_gpu(network, 8, {});
    ASSERT_TRUE(other->set_pictures(pictures_));
    // More steps than one measurement of the phases is apart.
    const int count = network.name == "mlp128" ? 60 : 6;
    const auto made = gpu->train(steps(count)), expected = other->train(steps(count));
    ASSERT_EQ(made.size(), static_cast<std::size_t>(count)) << gpu->failure()->message;
    for (std::size_t i = 0; i < made.size(); ++i) EXPECT_EQ(made[i].stats.loss, expected[i].stats.loss) << i;
    EXPECT_EQ(gpu->weights(), other->weights());
    EXPECT_EQ(gpu->optimizer_state().second, other->optimizer_state().second);
    const PhaseTimes times = gpu->phase_times();
    for (const double seconds : {times.gather, times.forward, times.backward, times.update}) EXPECT_GT(seconds, 0);
    EXPECT_EQ(gpu->kind(), BackendKind::kCuda);
    EXPECT_EQ(gpu->name(), "cuda");
    std::vector<float> found(20), wanted(20);
    const auto images = random_images(2 * 784, 1);
    gpu->predict(images, found);
    other->predict(images, wanted);
    EXPECT_EQ(found, wanted);
    gpu->keep_good();
    const Weights good = gpu->weights();
    ASSERT_EQ(gpu->train(steps(2)).size(), 2U);
    gpu->go_back();
    EXPECT_EQ(gpu->weights(), good);
  }
}

TEST_F(TrainingOnStandIn, AGpuThatIsPulledOutIsToldAsLost) {
  const auto gpu = on_gpu(find_network("mlp128").value());
  ASSERT_EQ(gpu->train(steps(2)).size(), 2U);
  inject("lost\n");
  EXPECT_LT(gpu->train(steps(3)).size(), 3U);
  ASSERT_TRUE(gpu->failure());
  EXPECT_EQ(gpu->failure()->kind, BackendFailure::Kind::kLost);
  EXPECT_THAT(gpu->failure()->message, ::testing::HasSubstr("lost"));
  inject("");
  EXPECT_TRUE(gpu->train(steps(1)).empty()) << "once lost, always lost";
}

TEST_F(TrainingOnStandIn, AKernelThatBreaksTheGpuTakesTheMemoryWithIt) {
  const auto gpu = on_gpu(find_network("mlp128").value());
  ASSERT_EQ(gpu->train(steps(2)).size(), 2U);
  inject("fault 700 after 3\n");
  EXPECT_LT(gpu->train(steps(3)).size(), 3U);
  ASSERT_TRUE(gpu->failure());
  EXPECT_EQ(gpu->failure()->kind, BackendFailure::Kind::kLost);
  EXPECT_THAT(gpu->failure()->message, ::testing::HasSubstr("set up anew"));
}

TEST_F(TrainingOnStandIn, MemoryThatIsNotThereIsNamed) {
  inject("memory 4M\n");
  const auto refused = open_device_backend(BackendKind::kCuda, find_network("cnn32").value(), 64, {});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, ::testing::ContainsRegex("cnn32 with batches of 64 needs [0-9.]+ MB on"));
  inject("memory 12M\n");
  const auto gpu = on_gpu(find_network("mlp128").value());
  EXPECT_FALSE(gpu->set_pictures(digits(20000)));
  ASSERT_TRUE(gpu->failure());
  EXPECT_EQ(gpu->failure()->kind, BackendFailure::Kind::kOutOfMemory);
  EXPECT_THAT(gpu->failure()->message, ::testing::HasSubstr("20,256 pictures need 15.9 MB"));
}

TEST_F(TrainingOnStandIn, WithoutAGpuItSaysWhy) {
  inject("gpus 0\n");
  const auto none = open_device_backend(BackendKind::kCuda, find_network("mlp128").value(), 8, {});
  ASSERT_FALSE(none);
  EXPECT_FALSE(none.error().message.empty());
}

TEST_F(TrainingOnStandIn, BrainFloatsNeedAmpere) {
  inject("capability 7.5\n");
  const auto refused =
      open_device_backend(BackendKind::kCuda, find_network("mlp128").value(), 8, {.precision = Precision::kBf16});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, ::testing::HasSubstr("bf16 needs 8.0"));
  EXPECT_TRUE(
      open_device_backend(BackendKind::kCuda, find_network("mlp128").value(), 8, {.precision = Precision::kF16}));
}

TEST_F(TrainingOnStandIn, AFrozenStepIsThatOfTheVirtualGpu) {
  FreezeRequest request;
  request.network = find_network("mlp128").value();
  request.weights = initial_weights(request.network, 1);
  request.pictures = pictures_;
  request.step = step_of(*pictures_, 0, 6, 0.01F);
  const auto on_gpu = freeze_step(open(), request);
  ASSERT_TRUE(on_gpu) << on_gpu.error().text();
  const auto other = freeze_step(std::make_unique<device::VirtualDevice>(), request);
  ASSERT_EQ(on_gpu->launches.size(), other->launches.size());
  EXPECT_EQ(on_gpu->kind, BackendKind::kCuda);
  for (std::size_t i = 0; i < other->launches.size(); ++i) {
    ASSERT_EQ(on_gpu->launches[i].written.size(), other->launches[i].written.size());
    for (std::size_t k = 0; k < other->launches[i].written.size(); ++k) {
      EXPECT_EQ(*on_gpu->launches[i].written[k]->bytes, *other->launches[i].written[k]->bytes)
          << other->launches[i].plan.kernel;
    }
  }
}

}  // namespace
}  // namespace warpscope::training
