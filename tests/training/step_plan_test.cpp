// Plans of training steps against the kernels' own declarations, and against themselves.
#include "compute/training/step_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "tests/training/helpers.h"
#include "tests/training/odd_networks.h"

namespace warpscope::training {
namespace {

struct Declared {
  std::string name;
  bool is_pointer = false, is_const = false;
};

// The parameters of a kernel as its source declares them.
std::vector<Declared> declared(const std::string& file, const std::string& kernel) {
  const std::string source =
      read_bytes(std::filesystem::path(WARPSCOPE_SOURCE_DIR) / "compute" / "kernels" / (file + ".cu"));
  std::string text = std::regex_replace(source, std::regex("//[^\n]*"), "");
  const std::size_t at = text.find("void " + kernel + "(");
  EXPECT_NE(at, std::string::npos) << kernel << " is not in " << file;
  if (at == std::string::npos) return {};
  const std::size_t begin = text.find('(', at) + 1;
  text = text.substr(begin, text.find(')', begin) - begin);
  std::vector<Declared> all;
  const std::regex each("([^,]*?)([A-Za-z_0-9]+)\\s*(,|$)");
  for (auto i = std::sregex_iterator(text.begin(), text.end(), each); i != std::sregex_iterator(); ++i) {
    const std::string type = (*i)[1];
    all.push_back({(*i)[2], type.find('*') != std::string::npos, type.find("const ") != std::string::npos});
  }
  return all;
}

std::vector<PlanSettings> all_settings() {
  std::vector<PlanSettings> all;
  for (const bool simple : {false, true}) {
    for (const bool augmented : {false, true}) {
      for (const OptimizerKind kind : {OptimizerKind::kSgd, OptimizerKind::kMomentum, OptimizerKind::kAdam}) {
        for (const Precision precision : {Precision::kF32, Precision::kF16, Precision::kBf16}) {
          all.push_back({{.kind = kind}, precision, augmented, simple});
        }
      }
    }
  }
  return all;
}

template <class Visit>
void each_plan(Visit visit) {
  for (const NetworkSpec& network : all_networks()) {
    for (const PlanSettings& settings : all_settings()) {
      SCOPED_TRACE(network.name + (settings.simple ? ", simple, " : ", fast, ") +
                   std::string(text_of(settings.precision)) + (settings.augmented ? ", augmented" : ""));
      const auto plan = plan_step(network, 6, 5, settings);
      ASSERT_TRUE(plan) << plan.error().text();
      visit(network, settings, *plan);
    }
  }
}

TEST(StepPlan, CallsKernelsAsTheirSourceDeclaresThem) {
  std::set<std::string> seen;
  each_plan([&](const NetworkSpec&, const PlanSettings&, const StepPlan& plan) {
    for (const PlannedLaunch& launch : plan.launches) {
      if (!seen.insert(launch.kernel).second) continue;
      SCOPED_TRACE(launch.kernel);
      const std::vector<Declared> parameters = declared(launch.file, launch.kernel);
      ASSERT_EQ(launch.arguments.size(), parameters.size());
      for (std::size_t i = 0; i < parameters.size(); ++i) {
        const PlannedArgument& argument = launch.arguments[i];
        EXPECT_EQ(argument.name, parameters[i].name);
        const bool is_null = argument.tensor < 0 && argument.value.empty();
        EXPECT_EQ(argument.tensor >= 0 || is_null, parameters[i].is_pointer) << argument.name;
        if (argument.tensor >= 0) {
          EXPECT_EQ(argument.writes, !parameters[i].is_const) << argument.name;
        } else if (!is_null) {
          EXPECT_EQ(argument.value.size(), 4U) << argument.name;
        }
      }
    }
  });
  EXPECT_GE(seen.size(), 25U);
}

TEST(StepPlan, WritesEveryTensorBeforeItIsRead) {
  const std::set<std::string> from_the_host = {"pictures", "order",     "order labels",  "changes",
                                               "rates",    "counter",   "state",         "parameters",
                                               "metrics",  "confusion", "first moments", "second moments"};
  each_plan([&](const NetworkSpec&, const PlanSettings&, const StepPlan& plan) {
    std::set<int> written;
    const auto root = [&](int tensor) {
      const int whole = plan.tensors[static_cast<std::size_t>(tensor)].part_of;
      return whole < 0 ? tensor : whole;
    };
    for (const PlannedLaunch& launch : plan.launches) {
      for (const PlannedArgument& argument : launch.arguments) {
        if (argument.tensor < 0 || argument.writes) continue;
        const std::string& name = plan.tensors[static_cast<std::size_t>(root(argument.tensor))].name;
        EXPECT_TRUE(from_the_host.contains(name) || written.contains(root(argument.tensor)))
            << launch.kernel << " reads " << name << ", which nobody wrote";
      }
      for (const PlannedArgument& argument : launch.arguments) {
        if (argument.writes) written.insert(root(argument.tensor));
      }
    }
  });
}

TEST(StepPlan, GivesEveryWeightAGradientAndAPlaceOfItsOwn) {
  each_plan([&](const NetworkSpec& network, const PlanSettings&, const StepPlan& plan) {
    const int parameters = plan.find("parameters");
    std::int64_t end = 0, numbers = 0;
    for (const PlannedTensor& part : plan.tensors) {
      if (part.part_of != parameters) continue;
      EXPECT_GE(part.first_element, end) << part.name;
      if (part.name.ends_with("weight")) {
        EXPECT_EQ(part.first_element % 64, 0) << part.name;
      }
      end = part.first_element + static_cast<std::int64_t>(part.size_bytes() / 4);
      numbers += static_cast<std::int64_t>(part.size_bytes() / 4);
      const int gradient = plan.find(part.name + " gradient");
      ASSERT_GE(gradient, 0) << part.name;
      EXPECT_EQ(plan.tensors[static_cast<std::size_t>(gradient)].first_element, part.first_element);
      EXPECT_EQ(plan.tensors[static_cast<std::size_t>(gradient)].shape, part.shape);
    }
    EXPECT_EQ(numbers, network.parameter_count());
    const std::int64_t all = plan.tensors[static_cast<std::size_t>(parameters)].shape[0];
    EXPECT_LE(end, all);
    EXPECT_EQ(all % 4, 0) << "the update takes four numbers at once";
  });
}

TEST(StepPlan, HasTheSameTensorsForEveryNumberOfSamples) {
  for (const NetworkSpec& network : all_networks()) {
    const StepPlan whole = plan_step(network, 6, 6, {}).value();
    for (const int samples : {1, 5}) {
      for (const StepPlan& other :
           {plan_step(network, 6, samples, {}).value(), plan_forward(network, 6, samples, {}).value()}) {
        ASSERT_EQ(other.tensors.size(), whole.tensors.size());
        for (std::size_t i = 0; i < whole.tensors.size(); ++i) {
          EXPECT_EQ(other.tensors[i].name, whole.tensors[i].name);
          EXPECT_EQ(other.tensors[i].shape, whole.tensors[i].shape) << whole.tensors[i].name;
        }
      }
    }
  }
}

TEST(StepPlan, GoesFromPhaseToPhaseAndBackThroughTheLayers) {
  each_plan([&](const NetworkSpec&, const PlanSettings&, const StepPlan& plan) {
    LaunchPhase phase = LaunchPhase::kGather;
    int layer = -1;
    for (const PlannedLaunch& launch : plan.launches) {
      EXPECT_GE(launch.phase, phase) << launch.kernel;
      if (launch.phase != phase && launch.phase == LaunchPhase::kBackward) layer = 1 << 20;
      phase = launch.phase;
      if (launch.layer < 0) continue;
      EXPECT_TRUE(phase == LaunchPhase::kForward ? launch.layer >= layer : launch.layer <= layer) << launch.kernel;
      layer = launch.layer;
    }
    EXPECT_EQ(phase, LaunchPhase::kUpdate);
  });
}

TEST(StepPlan, UsesFusedKernelsOnlyWhereTheyFit) {
  const auto kernels = [](const NetworkSpec& network, bool simple) {
    std::vector<std::string> names;
    PlanSettings settings;
    settings.simple = simple;
    const StepPlan plan = plan_step(network, 4, 4, settings).value();
    for (const PlannedLaunch& launch : plan.launches) names.push_back(launch.kernel);
    return names;
  };
  const NetworkSpec cnn = find_network("cnn32").value();
  EXPECT_THAT(kernels(cnn, false), ::testing::Contains("conv_relu_pool_forward"));
  EXPECT_THAT(kernels(cnn, false), ::testing::Not(::testing::Contains("conv_forward")));
  EXPECT_THAT(kernels(cnn, true), ::testing::Contains("conv_forward"));
  EXPECT_THAT(kernels(cnn, true), ::testing::Contains("maxpool_backward"));
  // A picture as large as this has no room in a block's shared memory.
  const NetworkSpec large = with_input(cnn, {1, 200, 200}).value();
  EXPECT_THAT(kernels(large, false), ::testing::Contains("conv_forward"));
}

TEST(StepPlan, TellsWhatDoesNotFit) {
  const NetworkSpec mlp = find_network("mlp128").value();
  EXPECT_FALSE(plan_step(mlp, 0, 0, {}));
  EXPECT_THAT(plan_step(mlp, 8, 9, {}).error().message, ::testing::HasSubstr("1 to as many"));
  EXPECT_THAT(plan_step({"seven", "", {1, 4, 4}, {{LayerKind::kDense, 7}}}, 4, 4, {}).error().message,
              ::testing::HasSubstr("10"));
  PlanSettings simple;
  simple.simple = true;
  EXPECT_THAT(plan_step(find_network("cnn32").value(), 4096, 4096, simple).error().message,
              ::testing::HasSubstr("smaller batches"));
}

TEST(StepPlan, SaysItsNames) {
  EXPECT_EQ(text_of(LaunchPhase::kBackward), "backward");
  EXPECT_EQ(text_of(TensorType::kI32), "i32");
  EXPECT_EQ(bytes_of(TensorType::kU8), 1U);
  EXPECT_EQ(parse_backend("virtual").value(), BackendKind::kVirtual);
  EXPECT_EQ(text_of(BackendKind::kCuda), "cuda");
  EXPECT_EQ(parse_precision("bf16").value(), Precision::kBf16);
  EXPECT_THAT(parse_precision("f8").error().message, ::testing::HasSubstr("f32, f16, bf16"));
  EXPECT_THAT(parse_backend("gpu").error().message, ::testing::HasSubstr("cpu, cuda, virtual"));
}

}  // namespace
}  // namespace warpscope::training
