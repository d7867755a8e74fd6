// "Step this kernel": the launch that Convolve prepares, opened in Step, computes the very pixel that was pointed at.
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "compute/session/step_session.h"
#include "tests/session/live_convolve.h"

namespace warpscope::tests {
namespace {

using convolution::Variant;
using namespace session;

// What Step's run of a prepared launch left in the output, and who it says wrote it.
struct Stepped {
  float value = 0;
  trace::WarpIndex warp = 0;
  int lane = -1;
};

class ConvolveStep : public LiveConvolve {
 protected:
  // The question's answer by the session.
  StepRequest prepared(PrepareStep question) {
    question.id = ++asked_;
    const View view = after(question);
    EXPECT_TRUE(view.step) << (view.messages.empty() ? "" : view.messages.back().text);
    if (!view.step) return {};
    EXPECT_EQ(view.step->id, asked_);
    for (const StepArgument& argument : view.step->launch.arguments) {
      EXPECT_FALSE(argument.name.empty());
      EXPECT_NE(argument.type, "8 bytes");
    }
    return *view.step;
  }

  // Runs it in Step, to the end; `element` of the output buffer.
  Stepped stepped(const StepRequest& request, std::size_t element) {
    StepSession step({folder_.path()}, [this] { bell_.ring(); });
    const auto done = [&] { return bell_.wait_until([&] { return step.view()->answered >= step.sent(); }); };
    OpenKernel open;
    open.name = request.kernel;
    step.send(open);
    step.send(SetLaunch{request.launch});
    step.send(Go{.goal = StepGoal::kEnd});
    EXPECT_TRUE(done());
    const StepView view = *step.view();
    EXPECT_FALSE(view.stale) << (view.messages.empty() ? "" : view.messages.back().text);
    if (view.stale || !view.moment) return {};
    EXPECT_TRUE(view.run->complete) << view.run->limit_reason;
    EXPECT_TRUE(view.run->findings.empty());
    const auto out = std::find_if(view.run->buffers.begin(), view.run->buffers.end(),
                                  [](const StepBuffer& buffer) { return buffer.name == "out"; });
    if (out == view.run->buffers.end()) {
      ADD_FAILURE() << "no buffer 'out'";
      return {};
    }
    Stepped stepped;
    std::array<std::uint8_t, sizeof(float)> bytes{};
    const std::uint64_t address = out->address + element * sizeof(float);
    EXPECT_TRUE(view.moment->state->memory.read(address, bytes));
    std::memcpy(&stepped.value, bytes.data(), sizeof stepped.value);
    AskWriter ask;
    ask.question = 1;
    ask.place.memory.address = address;
    step.send(ask);
    EXPECT_TRUE(done());
    const auto& write = step.view()->writer.write;
    EXPECT_TRUE(write);
    if (!write) return stepped;
    stepped.warp = (*view.run->records)[write->step].warp;
    stepped.lane = std::countr_zero(write->lanes);
    return stepped;
  }
  static trace::WarpIndex warp_of(const StepRequest& request) {
    const std::uint64_t warps = (request.launch.block.count() + 31) / 32;
    return static_cast<trace::WarpIndex>(request.block * warps + static_cast<std::uint64_t>(request.warp));
  }

  std::uint64_t asked_ = 0;
};

struct Place {
  int x, y;
};

TEST_F(ConvolveStep, EveryOneLaunchVariantGivesTheFramesPixelByTheThreadThatWasNamed) {
  show(PictureKind::kDrawing);
  drawings::DigitImage image{};
  for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<std::uint8_t>(i * 37 % 251);
  after(SetDrawnDigit{image});
  for (const Variant variant : {Variant::kNaive, Variant::kConstant, Variant::kTiled, Variant::kVectorised}) {
    const auto output = after(with({"sharpen"}, variant)).frame->outputs.front();
    for (const auto [x, y] : {Place{0, 0}, Place{13, 17}, Place{27, 27}}) {
      const StepRequest request = prepared({.stage = 0, .plane = 0, .x = x, .y = y});
      const Stepped stepped = this->stepped(request, static_cast<std::size_t>(28 * y + x));
      EXPECT_EQ(stepped.value, output->at(0, x, y)) << key_of(variant) << " at " << x << ", " << y;
      EXPECT_EQ(stepped.warp, warp_of(request)) << key_of(variant) << " at " << x << ", " << y;
      EXPECT_EQ(stepped.lane, request.lane) << key_of(variant) << " at " << x << ", " << y;
    }
  }
}

TEST_F(ConvolveStep, OfALargePictureAPartIsTakenAndSaidSo) {
  const View& view = after(with({"1,2,3,2,1;0,1,2,1,0;-1,0,1,0,-1;0,1,2,1,0;1,2,3,2,1"}));
  const auto output = view.frame->outputs.front();
  const StepRequest request = prepared({.stage = 0, .plane = 0, .x = 200, .y = 100});
  // 200 and 100 lie in the middle of the part.
  EXPECT_EQ(stepped(request, 64 * 32 + 32).value, output->at(0, 200, 100));
  EXPECT_NE(session().view()->messages.back().text.find("64 x 64"), std::string::npos);
}

TEST_F(ConvolveStep, ForTheSmMapAllOfALargePictureIsTaken) {
  after(with({"1,2,3,2,1;0,1,2,1,0;-1,0,1,0,-1;0,1,2,1,0;1,2,3,2,1"}));
  const StepRequest request = prepared({.stage = 0, .plane = 0, .x = 200, .y = 100, .whole = true});
  EXPECT_EQ(request.launch.grid.count() * request.launch.block.count(), 256U * 256U);
  EXPECT_TRUE(session().view()->messages.empty());
}

TEST_F(ConvolveStep, ALaterStageBeginsWithWhatTheOneBeforeItMade) {
  show(PictureKind::kDrawing);
  drawings::DigitImage image{};
  image[28 * 10 + 10] = 200;
  after(SetDrawnDigit{image});
  SetConvolve command = with({"sobel-x"});
  convolution::Stage relu;
  relu.kind = convolution::StageKind::kRelu;
  command.settings.chain.push_back(relu);
  const auto output = after(command).frame->outputs.back();
  const StepRequest request = prepared({.stage = 1, .plane = 0, .x = 9, .y = 10});
  EXPECT_EQ(output->at(0, 9, 10), 400.0F);
  EXPECT_EQ(stepped(request, 28 * 10 + 9).value, 400.0F);
  EXPECT_EQ(stepped(request, 28 * 10 + 11).value, 0.0F);  // was negative
}

TEST_F(ConvolveStep, APlaceThatIsNotThereIsAnswered) {
  after(PrepareStep{.id = 1, .stage = 0, .plane = 0, .x = 256, .y = 0});
  EXPECT_FALSE(session().view()->step);
  EXPECT_NE(session().view()->messages.back().text.find("256 x 256"), std::string::npos);
}

}  // namespace
}  // namespace warpscope::tests
