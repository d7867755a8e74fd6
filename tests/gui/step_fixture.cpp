#include "tests/gui/step_fixture.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "compute/device/device.h"
#include "compute/session/step_reading.h"
#include "compute/session/step_source.h"

namespace warpscope::tests {

StepFixture::StepFixture(const std::string& kernel, vgpu::Schedule schedule) {
  auto opened = session::open_source(kernel, {});
  if (!opened) throw std::runtime_error(opened.error().text());
  auto compiled = session::compile_source(*opened->source, nullptr);
  if (!compiled) throw std::runtime_error(compiled.error().front().message);
  session::RecordingInput input;
  input.source = opened->source;
  input.module = compiled->module;
  input.launch = session::default_launch(*compiled->module, kernel, opened->source->shipped);
  input.schedule = schedule;
  auto recording = session::record_run(input, 1);
  if (!recording) throw std::runtime_error(recording.error().front().message);
  recording_ = std::move(*recording);
  view_.source = opened->source;
  view_.launch = std::make_shared<const session::StepLaunch>(input.launch);
  view_.run = recording_.run;
  view_.schedule = schedule;
  view_.kernels = device::kernels_of(*compiled->module);
  view_.problems = std::make_shared<const std::vector<session::StepProblem>>();
}

session::StepView StepFixture::at(trace::Position position, trace::WarpIndex followed) {
  view_.moment = session::make_moment(recording_, position, followed, view_.moment.get());
  ++view_.version;
  return view_;
}

session::StepView StepFixture::at_line(int line, trace::WarpIndex followed, int n) {
  const auto& records = *run().records;
  for (trace::Position i = 0; i < records.size(); ++i) {
    if (records[i].warp != followed || session::line_at(run(), records[i].pc) != line) continue;
    if (n-- == 0) return at(i, followed);
  }
  ADD_FAILURE() << "warp " << followed << " is never on line " << line;
  return at(0, followed);
}

}  // namespace warpscope::tests
