// The microscope: a training step launch by launch, and what of it Step and the SM map open.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>
#include <cstring>
#include <set>

#include "compute/device/virtual_device.h"
#include "compute/session/map_plan.h"
#include "compute/session/microscope_launch.h"
#include "compute/session/microscope_rows.h"
#include "compute/session/step_session.h"
#include "tests/session/live_convolve.h"
#include "tests/session/live_learn.h"
#include "tests/session/stand_in_session.h"

namespace warpscope::tests {
namespace {

using namespace session;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using State = MicroscopeView::State;

class Microscope : public LiveLearn {
 protected:
  const MicroscopeView& frozen() {
    send(FreezeStep{});
    return *until([](const View& v) { return v.microscope && v.microscope->state != State::kFreezing; }).microscope;
  }
  static int find(const MicroscopeView& view, const std::string& part) {
    for (std::size_t i = 0; i < view.launches.size(); ++i) {
      if (view.launches[i].kernel.find(part) != std::string::npos) return static_cast<int>(i);
    }
    ADD_FAILURE() << "no launch of a kernel with '" << part << "'";
    return 0;
  }
  std::filesystem::path files() const { return folder_.path() / "data" / "microscope"; }
  std::set<std::string> tensors_of(const MicroscopeLaunch& launch) {
    std::set<std::string> names;
    for (const MicroscopeTensor& tensor : launch.tensors) names.insert(tensor.name);
    return names;
  }
};

TEST_F(Microscope, AStepIsFrozenBesideTheTrainingThatGoesOn) {
  until_settled();
  start();
  const std::int64_t before = view().training.step;
  send(FreezeStep{});
  const View& seen = until([](const View& v) { return v.microscope && v.microscope->state == State::kReady; });
  const MicroscopeView& step = *seen.microscope;
  EXPECT_GT(step.step, before);
  EXPECT_EQ(step.network, "mlp128");
  EXPECT_EQ(step.samples, 50);
  EXPECT_FALSE(step.measured);
  EXPECT_EQ(step.gpu, "GeForce RTX 3060");
  EXPECT_THAT(step.device, HasSubstr("irtual"));
  EXPECT_TRUE(std::isfinite(step.loss));
  EXPECT_GT(step.phases.all(), 0);
  training::LaunchPhase phase = training::LaunchPhase::kGather;
  for (const MicroscopeLaunch& launch : step.launches) {
    EXPECT_GE(launch.phase, phase) << launch.kernel;
    phase = launch.phase;
    EXPECT_NE(launch.title, launch.kernel);
    EXPECT_NE(launch.idea, "") << launch.kernel;
    EXPECT_NE(launch.shapes, "") << launch.kernel;
    EXPECT_GT(launch.registers, 0) << launch.kernel;
    EXPECT_GT(launch.occupancy, 0) << launch.kernel << ": " << launch.limiter;
    EXPECT_LE(launch.occupancy, 1) << launch.kernel;
    EXPECT_EQ(launch.occupancy < 1, !launch.limiter.empty()) << launch.kernel;
    EXPECT_FALSE(launch.tensors.empty()) << launch.kernel;
    for (const MicroscopeTensor& tensor : launch.tensors) {
      EXPECT_LE(tensor.least, tensor.greatest) << launch.kernel << " " << tensor.name;
      EXPECT_EQ(tensor.not_finite, 0U) << launch.kernel << " " << tensor.name;
    }
  }
  EXPECT_EQ(phase, training::LaunchPhase::kUpdate);
  EXPECT_EQ(tensors_of(step.launches[static_cast<std::size_t>(find(step, "gather"))]).count("images"), 1U);
  EXPECT_EQ(tensors_of(step.launches[static_cast<std::size_t>(find(step, "adam"))]).count("gradients"), 1U);
  const std::int64_t now = view().training.step;
  until_step(now + 20);
}

TEST_F(Microscope, ItIsTheStepThatTrainingMakesNext) {
  until_settled();
  start();
  send(PauseTraining{});
  until([](const View& v) { return v.training.status == TrainingStatus::kPaused; });
  const std::int64_t step = view().training.step;
  const MicroscopeView frozen = this->frozen();
  EXPECT_EQ(frozen.step, step + 1);
  send(StartTraining{});
  until_step(step + 1);
  const store::CurvePoint& point = view().curves->train_at(static_cast<std::size_t>(step));
  EXPECT_NEAR(point.loss, frozen.loss, 1e-3);
  EXPECT_FLOAT_EQ(point.accuracy, static_cast<float>(frozen.correct) / 50);
}

TEST_F(Microscope, ALaunchOpensInStepWithItsTensorsAsFiles) {
  until_settled();
  const MicroscopeView& step = frozen();
  ASSERT_EQ(step.state, State::kReady) << step.problem;
  const int launch = find(step, "dense_forward");
  send(OpenLaunch{.id = 7, .launch = launch, .target = LaunchTarget::kStep});
  const View& view = until([](const View& v) { return v.launch_to_step && v.launch_to_step->id == 7; });
  const StepRequest request = *view.launch_to_step;
  const MicroscopeLaunch& row = step.launches[static_cast<std::size_t>(launch)];
  EXPECT_EQ(request.kernel, row.kernel);
  EXPECT_EQ(request.launch.grid, row.grid);
  EXPECT_EQ(request.launch.block, row.block);
  bool named = false;
  for (const StepArgument& argument : request.launch.arguments) {
    named = named || (argument.name == "weight" && argument.type.find("float") != std::string::npos);
    if (!argument.spec.starts_with("buf:")) continue;
    EXPECT_THAT(argument.spec, HasSubstr(files().string()));
  }
  EXPECT_TRUE(named);
  EXPECT_FALSE(std::filesystem::is_empty(files()));
  send(LeaveMicroscope{});
  until([](const View& v) { return v.microscope == nullptr; });
  EXPECT_FALSE(std::filesystem::exists(files()));
}

TEST_F(Microscope, ALaunchOpensInTheSmMapAsItIs) {
  until_settled();
  const MicroscopeView& step = frozen();
  const int launch = find(step, "adam");
  send(OpenLaunch{.id = 8, .launch = launch, .target = LaunchTarget::kMap});
  const View& view = until([](const View& v) { return v.launch_to_map && v.launch_to_map->id == 8; });
  MapSettings settings;
  settings.source.kernel = view.launch_to_map->kernel;
  settings.source.launch = view.launch_to_map->launch;
  MapPlanner planner(*gpu::read_gpus());
  const MapPlan plan = planner.plan(settings).plan;
  EXPECT_EQ(plan.problem, "");
  const MicroscopeLaunch& row = step.launches[static_cast<std::size_t>(launch)];
  EXPECT_EQ(plan.grid, row.grid);
  EXPECT_EQ(plan.registers.count, row.registers);
  EXPECT_EQ(plan.occupancy->share, row.occupancy);
}

TEST_F(Microscope, ANewerStepTakesTheOldOnesPlaceAndLeavingEndsWhateverItDoes) {
  until_settled();
  start();
  for (int i = 0; i < 5; ++i) send(FreezeStep{});
  until([](const View& v) { return v.microscope && v.microscope->state == State::kReady; });
  until([](const View& v) { return v.microscope->id == 5 && v.microscope->state == State::kReady; });
  send(FreezeStep{});
  send(LeaveMicroscope{});
  until([](const View& v) { return v.microscope == nullptr; });
  send(OpenLaunch{.id = 1, .launch = 0});
  EXPECT_TRUE(session().wait_message("no step is frozen"));
}

TEST_F(Microscope, ALaunchThatIsNotThereIsAnswered) {
  until_settled();
  frozen();
  send(OpenLaunch{.id = 1, .launch = 1000});
  EXPECT_TRUE(session().wait_message("not 1000"));
}

TEST_F(Microscope, FilesOfLastTimeAreGone) {
  std::filesystem::create_directories(files());
  std::ofstream(files() / "old.raw") << "x";
  until_settled();
  frozen();
  EXPECT_FALSE(std::filesystem::exists(files() / "old.raw"));
}

class MicroscopeDevice : public StandInSession<Microscope> {
 protected:
  LearnOptions options() override {
    LearnOptions options = Microscope::options();
    options.settings.backend = "auto";
    return options;
  }
};

TEST_F(MicroscopeDevice, OnARealGpuTheTimesAreMeasured) {
  send(StartTraining{});
  until_step(5);
  const MicroscopeView& step = frozen();
  EXPECT_EQ(step.state, State::kReady) << step.problem;
  EXPECT_TRUE(step.measured);
  EXPECT_EQ(step.device, view().training.device);
  for (const MicroscopeLaunch& launch : step.launches) EXPECT_GT(launch.occupancy, 0) << launch.kernel;
}

// ---- The same launch in Step

class FrozenLaunches : public ::testing::Test {
 protected:
  static training::FrozenStep freeze(const std::string& name, int batch) {
    const auto split = training::read_split(small_mnist());
    training::TrainerSettings settings;
    settings.network = *training::find_network(name);
    settings.batch = batch;
    auto trainer = *training::Trainer::create(settings, split->train);
    for (int step = 0; step < 3; ++step) trainer->step();
    auto coming = trainer->step_to_come();
    training::FreezeRequest request{.network = settings.network,
                                    .optimizer = settings.optimizer,
                                    .weights = std::move(coming.weights),
                                    .state = std::move(coming.optimizer),
                                    .pictures = std::move(coming.pictures),
                                    .step = std::move(coming.step),
                                    .options = {}};
    return training::freeze_step(std::make_unique<device::VirtualDevice>(), request).value();
  }
  static int find(const training::FrozenStep& step, const std::string& part) {
    for (std::size_t i = 0; i < step.launches.size(); ++i) {
      if (step.launches[i].plan.kernel.find(part) != std::string::npos) return static_cast<int>(i);
    }
    ADD_FAILURE() << "no launch of a kernel with '" << part << "'";
    return 0;
  }
  // What Step's run leaves in the buffer of an argument.
  static std::vector<std::uint8_t> left_in(const StepView& view, int argument) {
    for (const StepBuffer& buffer : view.run->buffers) {
      if (buffer.argument != argument) continue;
      std::vector<std::uint8_t> bytes(buffer.size_bytes);
      EXPECT_TRUE(view.moment->state->memory.read(buffer.address, bytes));
      return bytes;
    }
    ADD_FAILURE() << "no buffer of argument " << argument;
    return {};
  }
  static void expect_same(const training::FrozenTensor& wanted, const std::vector<std::uint8_t>& got) {
    ASSERT_EQ(wanted.bytes->size(), got.size()) << wanted.name;
    if (wanted.type != training::TensorType::kF32) {
      EXPECT_EQ(*wanted.bytes, got) << wanted.name;
      return;
    }
    std::vector<float> a(got.size() / 4), b(got.size() / 4);
    std::memcpy(a.data(), wanted.bytes->data(), got.size());
    std::memcpy(b.data(), got.data(), got.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      ASSERT_NEAR(a[i], b[i], 1e-6F + 1e-5F * std::fabs(a[i])) << wanted.name << " " << i;
    }
  }
  // Every block runs there, and leaves what it left here.
  void expect_reproduced(const training::FrozenStep& step, int index) {
    const training::FrozenLaunch& frozen = step.launches[static_cast<std::size_t>(index)];
    auto launch = open_launch(frozen, {1, index}, MicroscopeFiles(folder_.path()));
    ASSERT_TRUE(launch) << launch.error().text();
    launch->only_block.reset();
    launch->max_steps = 60'000'000;
    StepSession session({folder_.path()}, [this] { bell_.ring(); });
    OpenKernel open;
    open.name = frozen.plan.kernel;
    open.launch = *launch;
    session.send(open);
    session.send(Go{.goal = StepGoal::kEnd});
    ASSERT_TRUE(bell_.wait_until([&] { return session.view()->answered >= session.sent(); }));
    const StepView& view = *session.view();
    ASSERT_TRUE(view.run && view.moment) << (view.messages.empty() ? "" : view.messages.back().text);
    ASSERT_TRUE(view.run->complete) << view.run->limit_reason;
    EXPECT_TRUE(view.run->findings.empty()) << view.run->findings.front().finding.message;
    std::size_t written = 0;
    for (std::size_t i = 0; i < frozen.arguments.size(); ++i) {
      if (!frozen.arguments[i].writes) continue;
      expect_same(*frozen.written[written++], left_in(view, static_cast<int>(i)));
    }
    EXPECT_GT(written, 0U);
  }

  ScratchFolder folder_;
  Bell bell_;
};

TEST_F(FrozenLaunches, AConvolutionInStepLeavesWhatItLeftInTraining) {
  const training::FrozenStep step = freeze("cnn32", 2);
  expect_reproduced(step, find(step, "conv"));
}

TEST_F(FrozenLaunches, ADenseLayerInStepLeavesWhatItLeftInTraining) {
  const training::FrozenStep step = freeze("mlp128", 6);
  expect_reproduced(step, find(step, "dense_forward"));
  expect_reproduced(step, find(step, "dense_backward_weights"));
}

TEST_F(FrozenLaunches, TheUpdateInStepLeavesWhatItLeftInTraining) {
  const training::FrozenStep step = freeze("mlp128", 6);
  expect_reproduced(step, find(step, "adam"));
}

TEST_F(FrozenLaunches, OfALongGridOneBlockInItsMiddleIsFollowed) {
  const training::FrozenStep step = freeze("mlp128", 6);
  const int adam = find(step, "adam");
  const auto launch =
      open_launch(step.launches[static_cast<std::size_t>(adam)], {1, adam}, MicroscopeFiles(folder_.path()));
  ASSERT_TRUE(launch);
  EXPECT_EQ(launch->only_block, launch->grid.count() / 2);
}

TEST(MicroscopeRows, ATensorIsSummedUp) {
  const std::array<float, 5> values{1, -2, 4, INFINITY, 1};
  std::vector<std::uint8_t> bytes(sizeof values);
  std::memcpy(bytes.data(), values.data(), sizeof values);
  const MicroscopeTensor row = describe(
      {"layer 0 weight", training::TensorType::kF32, {5, 1}, std::make_shared<const std::vector<std::uint8_t>>(bytes)});
  EXPECT_EQ(row.shape, "5 × 1");
  EXPECT_EQ(row.type, "f32");
  EXPECT_EQ(row.least, -2);
  EXPECT_EQ(row.greatest, 4);
  EXPECT_EQ(row.mean, 1);
  EXPECT_EQ(row.not_finite, 1U);
  EXPECT_EQ(shape_text({64, 5408}), "64 × 5,408");
}

}  // namespace
}  // namespace warpscope::tests
