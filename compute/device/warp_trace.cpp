#include "compute/device/warp_trace.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace warpscope::device {
namespace {

using ptx::WarpTraceRecord;
using Records = std::vector<WarpTraceRecord>;

constexpr std::uint64_t kMostRecords = 1ULL << 25;  // 1.5 GiB of them
constexpr int kTimedLaunches = 3;                   // behind the warm-up

using Prepare = std::function<base::Result<void>(Device&)>;
using ModuleRef = std::shared_ptr<const ptx::Module>;

base::Result<void> load(Device& device, const ModuleRef& module, const Prepare& prepare) {
  if (auto loaded = device.load(module); !loaded) return tl::unexpected(loaded.error().front());
  return prepare ? prepare(device) : base::Result<void>{};
}

// Room on the device for the records of a grid, which the traced module writes to as long as this lives.
class RecordBuffer {
 public:
  RecordBuffer(Device& device, std::uint64_t count) : device_(device), zeros_(count) {}
  RecordBuffer(const RecordBuffer&) = delete;
  RecordBuffer& operator=(const RecordBuffer&) = delete;
  ~RecordBuffer() {
    if (address_ == 0 || device_.rebuilds() != rebuilds_) return;
    // Errors mean that the device is gone, and the records with it.
    (void)point_at(0);
    (void)device_.free(address_);
  }

  // The traced module is loaded.
  base::Result<void> open() {
    const auto address = device_.allocate(zeros_.size() * sizeof(WarpTraceRecord), "warp records");
    if (!address) return tl::unexpected(address.error());
    address_ = *address;
    rebuilds_ = device_.rebuilds();
    return point_at(address_);
  }
  base::Result<void> clear() {
    return device_.write(address_, {reinterpret_cast<const std::uint8_t*>(zeros_.data()), bytes()});
  }
  // Empty where the kernel broke the device, whose memory is gone.
  base::Result<Records> read() const {
    if (device_.rebuilds() != rebuilds_) return Records{};
    Records records(zeros_.size());
    const auto done = device_.read(address_, {reinterpret_cast<std::uint8_t*>(records.data()), bytes()});
    if (!done) return tl::unexpected(done.error());
    return records;
  }

 private:
  std::size_t bytes() const { return zeros_.size() * sizeof(WarpTraceRecord); }
  base::Result<void> point_at(Address address) {
    std::uint8_t bytes[sizeof address];
    std::memcpy(bytes, &address, sizeof address);
    return device_.set_symbol(ptx::kWarpTraceVariable, bytes);
  }

  Device& device_;
  Records zeros_;
  Address address_ = 0;
  std::uint64_t rebuilds_ = 0;
};

// Every warp came in once and all of its lanes left once.
base::Result<void> check(const Records& records, const LaunchRequest& request, std::uint32_t warps_per_block) {
  const std::uint64_t threads = request.block.count();
  for (std::size_t i = 0; i < records.size(); ++i) {
    const std::uint64_t warp = i % warps_per_block;
    const std::uint64_t lanes = std::min<std::uint64_t>(base::kWarpSize, threads - warp * base::kWarpSize);
    if (records[i].entries == 1 && records[i].exits == lanes) continue;
    return base::fail("warp " + std::to_string(warp) + " of block " + std::to_string(i / warps_per_block) + " of '" +
                      request.kernel + "' was seen to come in " + std::to_string(records[i].entries) + " times and " +
                      std::to_string(records[i].exits) + " of its lanes to leave; expected once, and " +
                      std::to_string(lanes));
  }
  return {};
}

base::Result<std::uint64_t> count_records(const LaunchRequest& request, std::uint32_t warps_per_block) {
  const base::Dim3& grid = request.grid;
  const bool fits = warps_per_block > 0 && std::uint64_t{grid.x} * grid.y <= kMostRecords &&
                    grid.count() <= kMostRecords / warps_per_block;
  if (fits && grid.count() > 0) return grid.count() * warps_per_block;
  return base::fail("a grid of " + std::to_string(grid.x) + " x " + std::to_string(grid.y) + " x " +
                    std::to_string(grid.z) + " blocks with " + std::to_string(warps_per_block) +
                    " warps each cannot be traced: every warp takes " + std::to_string(sizeof(WarpTraceRecord)) +
                    " bytes, and 1 to " + std::to_string(kMostRecords) + " warps are possible");
}

bool ended(const LaunchReport& report) {
  return !report.fault && !report.stopped;
}

// The fastest of a few, behind one that is not timed. Empty where a launch did not end by itself.
base::Result<std::optional<double>> time_plain(Device& device, const LaunchRequest& request,
                                               const LaunchOptions& options) {
  std::optional<double> best;
  for (int i = 0; i <= kTimedLaunches; ++i) {
    const auto report = device.launch(request, options);
    if (!report) return tl::unexpected(report.error());
    if (!ended(*report)) return std::optional<double>();
    if (i > 0) best = std::min(best.value_or(report->seconds), report->seconds);
  }
  return best;
}

base::Result<void> launch_traced(Device& device, const LaunchRequest& request, const LaunchOptions& options,
                                 RecordBuffer& buffer, WarpTrace& trace) {
  if (auto cleared = buffer.clear(); !cleared) return cleared;
  auto report = device.launch(request, options);
  if (!report) return tl::unexpected(report.error());
  auto records = buffer.read();
  if (!records) return tl::unexpected(records.error());
  trace.report = std::move(*report);
  trace.records = std::move(*records);
  if (!ended(trace.report)) return {};
  return check(trace.records, request, trace.warps_per_block);
}

}  // namespace

base::Result<WarpTrace> trace_warps(Device& device, const std::shared_ptr<const ptx::Module>& module,
                                    const LaunchRequest& request, const WarpTraceOptions& options,
                                    const std::function<base::Result<void>(Device&)>& prepare) {
  const auto traced = ptx::add_warp_trace(*module, request.kernel);
  if (!traced) return tl::unexpected(traced.error());
  WarpTrace trace;
  trace.warps_per_block = ptx::warps_of_block(request.block);
  const auto count = count_records(request, trace.warps_per_block);
  if (!count) return tl::unexpected(count.error());

  std::optional<double> plain;
  if (options.measure_overhead) {
    if (auto loaded = load(device, module, prepare); !loaded) return tl::unexpected(loaded.error());
    const auto timed = time_plain(device, request, options.launch);
    if (!timed) return tl::unexpected(timed.error());
    plain = *timed;
  }
  if (auto loaded = load(device, *traced, prepare); !loaded) return tl::unexpected(loaded.error());
  RecordBuffer buffer(device, *count);
  if (auto opened = buffer.open(); !opened) return tl::unexpected(opened.error());
  // Where the launch did not end without tracing, it is not timed, and shown once as it is.
  const int timed = plain ? kTimedLaunches : 0;
  for (int i = 0; i <= timed; ++i) {
    WarpTrace one;
    one.warps_per_block = trace.warps_per_block;
    if (auto done = launch_traced(device, request, options.launch, buffer, one); !done) {
      return tl::unexpected(done.error());
    }
    const bool is_best = i <= 1 || one.report.seconds < trace.report.seconds;
    if (is_best) trace = std::move(one);
    if (!ended(trace.report)) return trace;
  }
  if (plain) {
    trace.plain_seconds = *plain;
    trace.traced_seconds = trace.report.seconds;
  }
  return trace;
}

}  // namespace warpscope::device
