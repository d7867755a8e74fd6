// Several modules at once, copies, and sequences in a row: the same on the virtual GPU and on a real one's code path.
#include <gmock/gmock.h>

#include <array>

#include "compute/device/virtual_device.h"
#include "tests/device/stand_in.h"

namespace warpscope::device {
namespace {

using testing::bytes_of;
using testing::module_of;

// NAME: numbers[i] = numbers[i] * FACTOR + amount, for the 4 threads of a block.
std::string scaling(const std::string& name, int factor, const std::string& amount) {
  return ".const .align 4 .u32 " + amount + "[1] = {1};\n.visible .entry " + name +
         "(.param .u64 numbers) {\n.reg .b64 %rd<4>; .reg .b32 %r<4>;\n"
         "ld.param.u64 %rd1, [numbers];\nmov.u32 %r1, %tid.x;\nmul.wide.u32 %rd2, %r1, 4;\nadd.u64 %rd1, %rd1, %rd2;\n"
         "ld.global.u32 %r2, [%rd1];\nld.const.u32 %r3, [" +
         amount + "];\nmad.lo.u32 %r2, %r2, " + std::to_string(factor) +
         ", %r3;\nst.global.u32 [%rd1], %r2;\nret;\n}\n";
}

using Numbers = std::array<std::uint32_t, 4>;

class OnBothDevices : public testing::StandIn, public ::testing::WithParamInterface<bool> {
 protected:
  void SetUp() override {
    if (GetParam()) {
      device_ = open();
    } else {
      device_ = std::make_unique<VirtualDevice>();
    }
    ASSERT_NE(device_, nullptr);
  }
  Address place(const Numbers& numbers) const {
    const Address address = device_->allocate(sizeof numbers, "numbers").value();
    EXPECT_TRUE(device_->write(address, bytes_of(numbers)));
    return address;
  }
  Numbers at(Address address) const {
    testing::Bytes bytes(sizeof(Numbers));
    EXPECT_TRUE(device_->read(address, bytes));
    Numbers numbers;
    std::memcpy(numbers.data(), bytes.data(), bytes.size());
    return numbers;
  }
  static LaunchRequest request(const std::string& kernel, Address address) {
    return {kernel, {1}, {4}, 0, {bytes_of(address)}, {}};
  }
  void load_both() const {
    ASSERT_TRUE(device_->load_all({module_of(scaling("twice", 2, "one")), module_of(scaling("thrice", 3, "other"))}));
  }

  std::unique_ptr<Device> device_;
};

TEST_P(OnBothDevices, KernelsAndVariablesOfSeveralModulesAreAllThere) {
  load_both();
  const Address numbers = place({0, 1, 2, 3});
  ASSERT_TRUE(device_->launch(request("twice", numbers), {}));
  EXPECT_EQ(at(numbers), (Numbers{1, 3, 5, 7}));
  const std::uint32_t ten = 10;
  ASSERT_TRUE(device_->set_symbol("other", bytes_of(ten)));
  ASSERT_TRUE(device_->launch(request("thrice", numbers), {}));
  EXPECT_EQ(at(numbers), (Numbers{13, 19, 25, 31}));
  const auto none = device_->launch(request("half", numbers), {});
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, ::testing::HasSubstr("twice, thrice"));
  EXPECT_THAT(device_->set_symbol("amount", bytes_of(ten)).error().message, ::testing::HasSubstr("one, other"));
}

TEST_P(OnBothDevices, TwoKernelsOfOneNameAreRefusedAndWhatWasLoadedStays) {
  load_both();
  const auto refused =
      device_->load_all({module_of(scaling("same", 2, "one")), module_of(scaling("same", 3, "other"))});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().front().message, ::testing::HasSubstr("'same'"));
  const Address numbers = place({1, 1, 1, 1});
  EXPECT_TRUE(device_->launch(request("twice", numbers), {}));
  EXPECT_EQ(at(numbers), (Numbers{3, 3, 3, 3}));
}

TEST_P(OnBothDevices, LoadingAnewTakesTheOldKernelsAway) {
  load_both();
  const Address numbers = place({1, 2, 3, 4});
  const auto recorded = device_->record({request("twice", numbers)});
  ASSERT_TRUE(recorded);
  ASSERT_TRUE(device_->load(module_of(scaling("thrice", 3, "other"))));
  EXPECT_FALSE(device_->launch(request("twice", numbers), {}));
  EXPECT_FALSE((*recorded)->run({})) << "a sequence belongs to the modules it was recorded with";
}

TEST_P(OnBothDevices, CopiesFromPlaceToPlace) {
  const Address from = place({1, 2, 3, 4}), to = place({9, 9, 9, 9});
  ASSERT_TRUE(device_->copy(to + 4, from + 8, 8));
  EXPECT_EQ(at(to), (Numbers{9, 3, 4, 9}));
  EXPECT_EQ(at(from), (Numbers{1, 2, 3, 4}));
  EXPECT_TRUE(device_->copy(to, from, 0));
  EXPECT_FALSE(device_->copy(to + 8, from, 16)) << "beyond the end";
  EXPECT_FALSE(device_->copy(to, from + 8, 16));
  EXPECT_EQ(at(to), (Numbers{9, 3, 4, 9}));
}

TEST_P(OnBothDevices, ASequenceRunsAsOftenAsItIsAsked) {
  load_both();
  const Address numbers = place({0, 1, 0, 1});
  const auto sequence = device_->record({request("twice", numbers), request("thrice", numbers)});
  ASSERT_TRUE(sequence) << sequence.error().text();
  Numbers expected{0, 1, 0, 1};
  const auto by_hand = [&](int times) {
    for (int i = 0; i < times; ++i) {
      for (std::uint32_t& number : expected) number = (number * 2 + 1) * 3 + 1;
    }
  };
  ASSERT_TRUE((*sequence)->run({}));
  by_hand(1);
  EXPECT_EQ(at(numbers), expected);
  const auto report = (*sequence)->run_times(4, {});
  ASSERT_TRUE(report);
  EXPECT_FALSE(report->fault);
  EXPECT_GT(report->seconds, 0);
  EXPECT_EQ(report->launches.size(), GetParam() ? 0U : 2U) << "those of the last time";
  by_hand(4);
  EXPECT_EQ(at(numbers), expected);
}

TEST_P(OnBothDevices, WhatWasStartedIsThereWhenItHasFinished) {
  load_both();
  const Address numbers = place({0, 1, 2, 3}), other = place({5, 5, 5, 5});
  const auto sequence = device_->record({request("twice", numbers)});
  ASSERT_TRUE(sequence);
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE((*sequence)->start(2, {}));
    ASSERT_TRUE(device_->write(other, bytes_of(Numbers{6, 6, 6, 6}))) << "the host goes on meanwhile";
    const auto report = (*sequence)->finish();
    ASSERT_TRUE(report) << report.error().text();
    EXPECT_FALSE(report->fault);
  }
  EXPECT_EQ(at(numbers), (Numbers{63, 127, 191, 255}));
  EXPECT_EQ(at(other), (Numbers{6, 6, 6, 6}));
}

TEST_P(OnBothDevices, AStartedSequenceThatFaultsSaysSoWhenItFinishes) {
  ASSERT_TRUE(device_->load(module_of(testing::kCounting)));
  const auto sequence = device_->record({{"wild", {1}, {1}, 0, {}, {}}});
  ASSERT_TRUE(sequence);
  ASSERT_TRUE((*sequence)->start(3, {}));
  const auto report = (*sequence)->finish();
  ASSERT_TRUE(report) << report.error().text();
  EXPECT_TRUE(report->fault);
  EXPECT_EQ(device_->rebuilds(), GetParam() ? 1U : 0U);
}

INSTANTIATE_TEST_SUITE_P(All, OnBothDevices, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "Cuda" : "Virtual"; });

}  // namespace
}  // namespace warpscope::device
