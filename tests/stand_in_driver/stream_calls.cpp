// Streams, events, and graphs captured from streams.
#include "tests/stand_in_driver/driver.h"
#include "tests/stand_in_driver/exports.h"

namespace warpscope::stand_in {
namespace {

CUresult destroyed(bool was_there) {
  return was_there ? CUresult::kSuccess : CUresult::kInvalidHandle;
}

CUresult begin_capture(Context& context, cuda::CUstream handle, cuda::CUstreamCaptureMode mode) {
  if (is_default_stream(handle)) return CUresult::kStreamCaptureUnsupported;
  Stream* stream = context.streams.find(handle);
  if (stream == nullptr) return CUresult::kInvalidHandle;
  if (stream->capture != nullptr) return CUresult::kIllegalState;
  stream->capture = std::make_unique<Capture>();
  stream->capture->mode = mode;
  stream->capture->thread = std::this_thread::get_id();
  return CUresult::kSuccess;
}

CUresult end_capture(Context& context, cuda::CUstream handle, cuda::CUgraph* graph) {
  Stream* stream = is_default_stream(handle) ? nullptr : context.streams.find(handle);
  if (stream == nullptr) return CUresult::kInvalidHandle;
  if (graph == nullptr) return CUresult::kInvalidValue;
  *graph = nullptr;
  if (stream->capture == nullptr) return CUresult::kIllegalState;
  const std::unique_ptr<Capture> capture = std::move(stream->capture);
  if (capture->invalidated) return CUresult::kStreamCaptureInvalidated;
  auto made = std::make_unique<Graph>();
  made->operations = std::move(capture->operations);
  *graph = context.graphs.add(std::move(made));
  return CUresult::kSuccess;
}

CUresult instantiate(Context& context, cuda::CUgraphExec* executable, cuda::CUgraph handle) {
  const Graph* graph = context.graphs.find(handle);
  if (graph == nullptr) return CUresult::kInvalidHandle;
  if (executable == nullptr) return CUresult::kInvalidValue;
  *executable = context.executables.add(std::make_unique<Graph>(*graph));
  return CUresult::kSuccess;
}

CUresult replay(Context& context, const std::vector<Operation>& operations) {
  for (const Operation& operation : operations) {
    // What follows a fault does not run, and the program hears of it when it asks next.
    if (context.broken != CUresult::kSuccess) return CUresult::kSuccess;
    if (const CUresult result = operation(context); result != CUresult::kSuccess) return result;
  }
  return CUresult::kSuccess;
}

CUresult record(Context& context, cuda::CUevent handle, cuda::CUstream stream) {
  if (context.events.find(handle) == nullptr) return CUresult::kInvalidHandle;
  return context.enqueue(stream, [handle](Context& c) {
    Event* event = c.events.find(handle);
    if (event == nullptr) return CUresult::kInvalidHandle;
    event->recorded = true;
    event->when = std::chrono::steady_clock::now();
    return CUresult::kSuccess;
  });
}

CUresult elapsed(Context& context, float* milliseconds, cuda::CUevent start_handle, cuda::CUevent end_handle) {
  const Event* start = context.events.find(start_handle);
  const Event* end = context.events.find(end_handle);
  if (start == nullptr || end == nullptr) return CUresult::kInvalidHandle;
  if (milliseconds == nullptr) return CUresult::kInvalidValue;
  if (!start->timed || !end->timed || !start->recorded || !end->recorded) return CUresult::kInvalidHandle;
  *milliseconds = std::chrono::duration<float, std::milli>(end->when - start->when).count();
  return CUresult::kSuccess;
}

CUresult known_event(const Context& context, cuda::CUevent event) {
  return destroyed(context.events.find(event) != nullptr);
}

}  // namespace
}  // namespace warpscope::stand_in

namespace warpscope::cuda {

using stand_in::Context;
using stand_in::context_call;
using stand_in::uncaptured_call;

CUresult cuStreamCreate(CUstream* stream, unsigned flags) {
  return context_call(__func__, [&](Context& context) {
    if (stream == nullptr || flags > kStreamNonBlocking) return CUresult::kInvalidValue;
    *stream = context.streams.add(std::make_unique<stand_in::Stream>());
    return CUresult::kSuccess;
  });
}

CUresult cuStreamDestroy_v2(CUstream stream) {
  return context_call(__func__, [&](Context& context) { return stand_in::destroyed(context.streams.erase(stream)); });
}

CUresult cuStreamSynchronize(CUstream stream) {
  return context_call(__func__, [&](Context& context) {
    context.show_printed();
    return context.settled(stream);
  });
}

CUresult cuStreamQuery(CUstream stream) {
  return context_call(__func__, [&](Context& context) { return context.settled(stream); });
}

CUresult cuStreamWaitEvent(CUstream stream, CUevent event, unsigned /*flags*/) {
  return context_call(__func__, [&](Context& context) {
    const CUresult known = stand_in::known_event(context, event);
    // Nothing is ever unfinished, so that there is nothing to wait for.
    return known == CUresult::kSuccess ? context.enqueue(stream, [](Context&) { return CUresult::kSuccess; }) : known;
  });
}

CUresult cuStreamBeginCapture_v2(CUstream stream, CUstreamCaptureMode mode) {
  return context_call(__func__, [&](Context& context) { return stand_in::begin_capture(context, stream, mode); });
}

CUresult cuStreamEndCapture(CUstream stream, CUgraph* graph) {
  return context_call(__func__, [&](Context& context) { return stand_in::end_capture(context, stream, graph); });
}

CUresult cuEventCreate(CUevent* event, unsigned flags) {
  return context_call(__func__, [&](Context& context) {
    if (event == nullptr) return CUresult::kInvalidValue;
    auto made = std::make_unique<stand_in::Event>();
    made->timed = (flags & kEventDisableTiming) == 0;
    *event = context.events.add(std::move(made));
    return CUresult::kSuccess;
  });
}

CUresult cuEventDestroy_v2(CUevent event) {
  return context_call(__func__, [&](Context& context) { return stand_in::destroyed(context.events.erase(event)); });
}

CUresult cuEventRecord(CUevent event, CUstream stream) {
  return context_call(__func__, [&](Context& context) { return stand_in::record(context, event, stream); });
}

CUresult cuEventSynchronize(CUevent event) {
  return context_call(__func__, [&](Context& context) {
    context.show_printed();
    return stand_in::known_event(context, event);
  });
}

CUresult cuEventQuery(CUevent event) {
  return uncaptured_call(__func__, [&](Context& context) { return stand_in::known_event(context, event); });
}

CUresult cuEventElapsedTime(float* milliseconds, CUevent start, CUevent end) {
  return context_call(__func__, [&](Context& context) { return stand_in::elapsed(context, milliseconds, start, end); });
}

CUresult cuGraphInstantiateWithFlags(CUgraphExec* executable, CUgraph graph, unsigned long long /*flags*/) {
  return context_call(__func__, [&](Context& context) { return stand_in::instantiate(context, executable, graph); });
}

CUresult cuGraphLaunch(CUgraphExec executable, CUstream stream) {
  return context_call(__func__, [&](Context& context) {
    const stand_in::Graph* graph = context.executables.find(executable);
    if (graph == nullptr) return CUresult::kInvalidHandle;
    return context.enqueue(stream,
                           [operations = graph->operations](Context& c) { return stand_in::replay(c, operations); });
  });
}

CUresult cuGraphDestroy(CUgraph graph) {
  return context_call(__func__, [&](Context& context) { return stand_in::destroyed(context.graphs.erase(graph)); });
}

CUresult cuGraphExecDestroy(CUgraphExec executable) {
  return context_call(__func__,
                      [&](Context& context) { return stand_in::destroyed(context.executables.erase(executable)); });
}

}  // namespace warpscope::cuda
