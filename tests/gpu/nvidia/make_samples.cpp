// make_occupancy_samples FILE: asks cuda_occupancy.h questions all over its range, and writes down what it answers.
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <random>

#include "tests/gpu/nvidia/nvidia_answer.h"

namespace {

using warpscope::nvidia::Question;

constexpr int kSamplesOfDevice = 200;

// Sizes near every edge there is, and anything between.
Question draw(std::mt19937& random, const warpscope::nvidia::Device& device) {
  const auto up_to = [&](int most) { return static_cast<int>(random() % (static_cast<unsigned>(most) + 1)); };
  Question question;
  question.block_threads = up_to(2) == 0 ? 1 + up_to(1023) : 32 * (1 + up_to(31));
  question.registers = up_to(3) == 0 ? up_to(255) : 8 * (1 + up_to(15));
  const int most = 1024 * device.shared_per_block_optin_kib;
  switch (up_to(3)) {
    case 0:
      break;
    case 1:
      question.shared_bytes = static_cast<std::uint64_t>(up_to(most));
      break;
    case 2:
      question.shared_bytes = 512 * static_cast<std::uint64_t>(up_to(48));
      break;
    default:
      question.shared_bytes = 1024 * static_cast<std::uint64_t>(up_to(device.shared_per_block_optin_kib));
  }
  question.carveout_percent = up_to(1) == 0 ? -1 : up_to(100);
  return question;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    fmt::print(stderr, "usage: make_occupancy_samples FILE\n");
    return EXIT_FAILURE;
  }
  std::ofstream out(arguments[1]);
  out << "# Answers of NVIDIA's cuda_occupancy.h (CUDA 13.0), made by tests/gpu/nvidia/make_samples.cpp. Columns:\n"
         "# capability block_threads registers shared_bytes carveout_percent : blocks limiters by_warps by_registers\n"
         "# by_shared by_blocks registers_per_block shared_per_block\n";
  std::mt19937 random(20'260'101);
  for (const warpscope::nvidia::Device& device : warpscope::nvidia::devices()) {
    for (int i = 0; i < kSamplesOfDevice; ++i) {
      const Question q = draw(random, device);
      const auto a = warpscope::nvidia::answer(device, q);
      if (!a) {
        fmt::print(stderr, "make_occupancy_samples: cuda_occupancy.h refuses to answer\n");
        return EXIT_FAILURE;
      }
      out << fmt::format("{} {} {} {} {} : {} {} {} {} {} {} {} {}\n", device.capability(), q.block_threads,
                         q.registers, q.shared_bytes, q.carveout_percent, a->blocks, a->limiters, a->by_warps,
                         a->by_registers, a->by_shared, a->by_blocks, a->registers_per_block, a->shared_per_block);
    }
  }
  return out.flush() ? EXIT_SUCCESS : EXIT_FAILURE;
}
