#include <fmt/format.h>

#include <string>

#include "compute/kernels/training_kernels.h"

namespace warpscope::kernels {
namespace {

constexpr std::string_view kTopic = "training: the step";

// Step 1 of two: {rate, 1 - beta1^t, 1 - beta2^t, loss scale} of each.
constexpr NamedInput kRates{"rates", "buf:f32:8:list:0.001,0.1,0.001,1,0.001,0.19,0.001999,1024"};
constexpr NamedInput kCounter{"counter", "buf:i32:4:list:1,0,0,0"};
constexpr NamedInput kState{"state", "buf:i32:4:zero"};
constexpr NamedInput kMetrics{"metrics", "buf:f32:8:zero"};
constexpr NamedInput kLabels{"labels", "buf:u8:80:rand:2:10"};
constexpr NamedInput kSamples{"samples", "i32:80"};
constexpr NamedInput kLogits{"logits", "buf:f32:800:rand:1:8"};
constexpr NamedInput kProbabilitiesIn{"probabilities", "buf:f32:800:rand:1"};
constexpr NamedInput kProbabilities{"probabilities", "buf:f32:800:zero"};
constexpr NamedInput kLosses{"losses", "buf:f32:80:zero"};
constexpr NamedInput kLogitGradient{"logit_grad", "buf:f32:800:zero"};

std::vector<Kernel> gather_kernels() {
  // Two steps of three pictures of 20 x 20; a field has 6 x 6 knots.
  static const std::string changes = [] {
    constexpr int kKnots = 36, kPictures = 6, kStride = 8 + 2 * kKnots;
    std::string text = fmt::format("buf:f32:{}:list:", kPictures * kStride);
    for (int i = 0; i < kPictures; ++i) {
      text +=
          fmt::format("{}0.97,0.2,-{}.5,-0.2,0.97,2.25,{},1", i == 0 ? "" : ",", i, 0.5 * (i - 3));
      for (int knot = 0; knot < 2 * kKnots; ++knot)
        text += fmt::format(",{}", knot * 37 % 17 / 4.0 - 2);
    }
    return text;
  }();
  const NamedInput pictures{"pictures", "buf:u8:4000:rand:1"};
  const NamedInput order{"order", "buf:u32:6:list:3,1,4,1,5,9"};
  const NamedInput order_labels{"order_labels", "buf:u8:6:list:2,7,1,8,2,8"};
  const NamedInput images{"images", "buf:f32:1200:zero"}, labels{"labels", "buf:u8:3:zero"};
  return {
      {.name = "gather_plain",
       .title = "Gather a batch",
       .topic = kTopic,
       .idea = "Pictures stay on the GPU as bytes, and a list says which of them the batch takes.",
       .look_for = "Three blocks, three pictures: each reads its place in the list first, then a "
                   "picture that lies anywhere, but in one piece.",
       .grid = {1, 3, 1},
       .block = {256, 1, 1},
       .arguments = {pictures,
                     order,
                     order_labels,
                     kCounter,
                     images,
                     labels,
                     {"batch", "i32:3"},
                     {"pixels", "i32:400"}},
       .outputs = {4, 5},
       .file = "train_gather"},
      {.name = "gather_changed",
       .title = "Gather a batch, every picture changed",
       .topic = kTopic,
       .idea = "A picture is moved, turned, bent and thickened on its way into the batch: each "
               "pixel of the result asks where it comes from.",
       .look_for = "Neighbouring lanes read shared memory along a slanted line, which costs some "
                   "bank conflicts; beyond the picture they find the zeros around it.",
       .grid = {3, 1, 1},
       .block = {256, 1, 1},
       .shared_bytes = 8 * 23 * 23 + 8 * 20 * 6,
       .arguments = {pictures,
                     order,
                     order_labels,
                     {"changes", changes},
                     kCounter,
                     images,
                     labels,
                     {"batch", "i32:3"},
                     {"channels", "i32:1"},
                     {"height", "i32:20"},
                     {"width", "i32:20"},
                     {"change_stride", "i32:80"}},
       .outputs = {5, 6},
       .file = "train_gather"},
  };
}

std::vector<Kernel> simple_loss_kernels() {
  return {
      {.name = "softmax_forward",
       .title = "Softmax of ten classes",
       .topic = kTopic,
       .idea = "Each thread makes the ten numbers of one sample into probabilities.",
       .look_for =
           "Lanes read 40 bytes apart: every load touches all the sectors of the row again, "
           "and finds them in the cache.",
       .grid = {1, 1, 1},
       .block = {256, 1, 1},
       .arguments = {kLogits, kProbabilities, kSamples},
       .outputs = {1},
       .file = "train_loss"},
      {.name = "cross_entropy",
       .title = "Cross-entropy",
       .topic = kTopic,
       .idea =
           "A sample's loss is minus the logarithm of the probability its true class was given.",
       .look_for = "The label decides which of ten probabilities a lane reads.",
       .grid = {1, 1, 1},
       .block = {256, 1, 1},
       .arguments = {kProbabilitiesIn, kLabels, kLosses, kSamples},
       .outputs = {2},
       .file = "train_loss"},
      {.name = "cross_entropy_backward",
       .title = "Gradient of softmax and cross-entropy",
       .topic = kTopic,
       .idea = "The gradient of a logit is its probability, minus 1 where it is the true class.",
       .look_for = "A thread for each logit, so that all loads and stores are side by side.",
       .grid = {4, 1, 1},
       .block = {256, 1, 1},
       .arguments = {kProbabilitiesIn, kLabels, kRates, kCounter, kLogitGradient, kSamples},
       .outputs = {4},
       .file = "train_loss"},
  };
}

std::vector<Kernel> loss_kernels() {
  return {
      {.name = "softmax_cross_entropy",
       .title = "Softmax, loss and gradient at once",
       .topic = kTopic,
       .idea = "A sample's ten numbers stay in registers from the logits to the gradient.",
       .look_for =
           "No loop is left: ten logits are five loads of a pair, and the exponentials stay "
           "in registers.",
       .grid = {2, 1, 1},
       .block = {64, 1, 1},
       .arguments = {kLogits, kLabels, kRates, kCounter, kProbabilities, kLosses, kLogitGradient,
                     kSamples},
       .outputs = {4, 5, 6},
       .file = "train_loss"},
      {.name = "training_metrics",
       .title = "What a step reports",
       .topic = kTopic,
       .idea = "One block adds up the losses in a fixed order and counts what was read as what.",
       .look_for = "Five of the eight warps have no sample and wait at the barriers; the barrier "
                   "itself counts the right answers.",
       .grid = {1, 1, 1},
       .block = {256, 1, 1},
       .arguments = {{"losses", "buf:f32:80:rand:4"},
                     kProbabilitiesIn,
                     kLabels,
                     kCounter,
                     kMetrics,
                     {"confusion", "buf:u32:100:zero"},
                     kState,
                     kSamples},
       .outputs = {4, 5, 6},
       .file = "train_loss"},
  };
}

constexpr NamedInput kParameters{"parameters", "buf:f32:1200:rand:1"};
constexpr NamedInput kGradients{"gradients", "buf:f32:1200:rand:2"};
constexpr NamedInput kFirst{"first", "buf:f32:1200:rand:3"};
constexpr NamedInput kSecond{"second", "buf:f32:1200:rand:4"};
constexpr NamedInput kCount{"count", "i32:1200"};

std::vector<Kernel> simple_update_kernels() {
  return {
      {.name = "sgd_update",
       .title = "Update: plain gradient descent",
       .topic = kTopic,
       .idea = "Each parameter moves against its gradient.",
       .look_for = "Three transfers of 4 bytes for one multiply-add: memory sets the pace.",
       .grid = {5, 1, 1},
       .block = {256, 1, 1},
       .arguments = {kParameters, kGradients, kRates, kCounter, kState, kCount},
       .outputs = {0},
       .file = "train_update"},
      {.name = "momentum_update",
       .title = "Update: momentum",
       .topic = kTopic,
       .idea = "Each parameter goes on where it was going, and its gradient turns it a little.",
       .look_for = "Five transfers of 4 bytes for two multiply-adds.",
       .grid = {5, 1, 1},
       .block = {256, 1, 1},
       .arguments = {kParameters,
                     kGradients,
                     kFirst,
                     kRates,
                     kCounter,
                     kState,
                     {"momentum", "f32:0.9"},
                     kCount},
       .outputs = {0, 2},
       .file = "train_update"},
      {.name = "adam_update",
       .title = "Update: Adam",
       .topic = kTopic,
       .idea = "Each parameter moves by the mean of its gradients over the root of the mean of "
               "their squares.",
       .look_for = "Seven transfers of 4 bytes; a root and two divisions that differ from element "
                   "to element.",
       .grid = {5, 1, 1},
       .block = {256, 1, 1},
       .arguments = {kParameters,
                     kGradients,
                     kFirst,
                     kSecond,
                     kRates,
                     kCounter,
                     kState,
                     {"beta1", "f32:0.9"},
                     {"beta2", "f32:0.999"},
                     {"epsilon", "f32:1e-8"},
                     kCount},
       .outputs = {0, 2, 3},
       .file = "train_update"},
  };
}

std::vector<Kernel> update_kernels() {
  return {
      {.name = "adam_update_vector",
       .title = "Update: Adam, four parameters a thread",
       .topic = kTopic,
       .idea = "Four neighbours are one load of 16 bytes, and what is the same for all parameters "
               "is worked out once for them.",
       .look_for =
           "16 sectors a load, as many as there are bytes for; of the second block only the "
           "first 44 threads have work.",
       .grid = {2, 1, 1},
       .block = {256, 1, 1},
       .arguments = {kParameters,
                     kGradients,
                     kFirst,
                     kSecond,
                     kRates,
                     kCounter,
                     kState,
                     {"beta1", "f32:0.9"},
                     {"beta2", "f32:0.999"},
                     {"epsilon", "f32:1e-8"},
                     kCount},
       .outputs = {0, 2, 3},
       .file = "train_update"},
      {.name = "check_gradients",
       .title = "Is every gradient finite?",
       .topic = kTopic,
       .idea = "0 times any finite number is 0, and times anything else it is not.",
       .look_for =
           "Three threads take the elements that are left over; the store happens only where "
           "a gradient is not finite.",
       .grid = {2, 1, 1},
       .block = {256, 1, 1},
       .arguments = {{"gradients", "buf:f32:1203:rand:2"}, kState, {"count", "i32:1203"}},
       .outputs = {1},
       .file = "train_update"},
      {.name = "finish_step",
       .title = "End of a step",
       .topic = kTopic,
       .idea = "One thread tells whether the update was skipped and counts the step.",
       .look_for = "A launch of a single thread: the host need not be asked between two steps.",
       .grid = {1, 1, 1},
       .block = {1, 1, 1},
       .arguments = {kCounter, {"state", "buf:i32:4:list:0,1,0,0"}, kMetrics},
       .outputs = {0, 1, 2},
       .file = "train_update"},
  };
}

}  // namespace

std::vector<Kernel> training_step_kernels() {
  std::vector<Kernel> all;
  for (auto* part :
       {gather_kernels, simple_loss_kernels, loss_kernels, simple_update_kernels, update_kernels}) {
    for (Kernel& kernel : part()) all.push_back(std::move(kernel));
  }
  return all;
}

}  // namespace warpscope::kernels
