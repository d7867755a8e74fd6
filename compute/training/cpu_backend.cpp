// The CPU back end: oneDNN for the layers, our own loops for softmax, loss and update.
// A batch is cut into one shard a thread; each thread runs oneDNN single-threaded on its shard, and the shards'
// gradients are added in a fixed order. That meets twice a step instead of inside every layer, stays in each core's own
// cache, and keeps its speed when the window or another program wants a core.
#include <fmt/format.h>
#include <omp.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <map>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "compute/base/worker_team.h"
#include "compute/training/backend.h"
#include "compute/training/onednn_plan.h"
#include "compute/training/optimizer.h"

namespace warpscope::training {
namespace {

constexpr int kClasses = 10;

struct AlignedFree {
  void operator()(float* p) const { ::operator delete[](p, std::align_val_t{64}); }
};

// A zeroed flat array on a cache line boundary.
class FlatArray {
 public:
  explicit FlatArray(std::size_t size)
      : data_(static_cast<float*>(::operator new[](size * sizeof(float), std::align_val_t{64}))), size_(size) {
    clear();
  }
  void clear() { std::fill_n(data_.get(), size_, 0.0F); }
  float* data() { return data_.get(); }
  const float* data() const { return data_.get(); }
  std::span<float> all() { return {data_.get(), size_}; }
  std::span<const float> all() const { return {data_.get(), size_}; }

 private:
  std::unique_ptr<float[], AlignedFree> data_;
  std::size_t size_;
};

// Softmax of one sample's logits; returns the cross entropy with the label. Subtracting the largest logit keeps exp in
// range.
float softmax_loss(const float* logits, int label, float* probabilities) {
  const float largest = *std::max_element(logits, logits + kClasses);
  float sum = 0;
  for (int c = 0; c < kClasses; ++c) sum += probabilities[c] = std::exp(logits[c] - largest);
  for (int c = 0; c < kClasses; ++c) probabilities[c] /= sum;
  return std::log(sum) - (logits[label] - largest);
}

// What one thread of the team works on.
struct Shard {
  Shard(const dnnl::engine& engine, std::size_t parameters) : stream(engine), gradients(parameters) {}
  dnnl::stream stream;
  FlatArray gradients;
  std::map<int, Plan> plans;  // by number of samples: the last batch of an epoch is smaller
  double loss = 0;            // summed over its samples
  int correct = 0;
  double forward_seconds = 0;  // the loss is part of it
  double backward_seconds = 0;
};

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Where member `index` of `count` begins when `total` things are shared out.
std::size_t share_begin(std::size_t total, int index, int count) {
  return total * static_cast<std::size_t>(index) / static_cast<std::size_t>(count);
}

class CpuBackend final : public Backend {
 public:
  CpuBackend(NetworkSpec network, int batch, int threads)
      : network_(std::move(network)),
        team_(std::clamp(threads > 0 ? threads : omp_get_num_procs(), 1, batch)),
        shard_batch_((batch + team_.size() - 1) / team_.size()),
        engine_(dnnl::engine::kind::cpu, 0),
        layout_((single_threaded_onednn(), choose_layout(engine_, network_, shard_batch_))),
        values_(layout_.size),
        first_(layout_.size),
        second_(layout_.size) {
    for (int i = 0; i < team_.size(); ++i) shards_.push_back(std::make_unique<Shard>(engine_, layout_.size));
    for (const auto& shard : shards_) plan_for(*shard, shard_batch_);
  }

  std::string_view name() const override { return "cpu"; }

  BatchStats forward_backward(std::span<const float> images, std::span<const std::uint8_t> labels) override {
    losses_.resize(labels.size());
    probabilities_.resize(labels.size() * kClasses);
    const auto start = std::chrono::steady_clock::now();
    team_.run([&](int member) { train_shard(member, images, labels); });
    const double seconds = seconds_since(start);
    BatchStats stats;
    double loss = 0, forward = 0, backward = 0;
    for (const auto& shard : shards_) {
      loss += shard->loss;
      stats.correct += shard->correct;
      forward += shard->forward_seconds;
      backward += shard->backward_seconds;
    }
    // The shards work side by side, and one waits for the other: their shares are of the time it took together.
    const double both = std::max(forward + backward, 1e-12);
    times_.forward = seconds * forward / both;
    times_.backward = seconds * backward / both;
    stats.loss = static_cast<float>(loss / static_cast<double>(labels.size()));
    return stats;
  }

  void update(float rate) override {
    ++updates_;
    const auto start = std::chrono::steady_clock::now();
    team_.run([&](int member) {
      const std::size_t lines = layout_.size / kLine;
      const std::size_t begin = share_begin(lines, member, team_.size()) * kLine;
      const std::size_t end = share_begin(lines, member + 1, team_.size()) * kLine;
      update_range(rate, begin, end);
    });
    times_.update = seconds_since(start);
  }

  void predict(std::span<const float> images, std::span<float> probabilities) override {
    const std::size_t total = images.size() / pixels();
    team_.run([&](int member) {
      const std::size_t begin = share_begin(total, member, team_.size());
      const std::size_t end = share_begin(total, member + 1, team_.size());
      predict_range(*shards_[static_cast<std::size_t>(member)], images, probabilities, begin, end);
    });
  }

  Weights weights() const override { return exported(values_); }

  Weights gradients() const override {
    FlatArray sum(layout_.size);
    sum_gradients(0, layout_.size, sum.data());
    return exported(sum);
  }

  base::Result<void> set_weights(const Weights& weights) override {
    if (auto fit = check_fit(network_, weights); !fit) return fit;
    import_into(values_, weights);
    return {};
  }

  OptimizerState optimizer_state() const override {
    OptimizerState state;
    state.updates = updates_;
    if (optimizer_.kind != OptimizerKind::kSgd) state.first = exported(first_);
    if (optimizer_.kind == OptimizerKind::kAdam) state.second = exported(second_);
    return state;
  }

  base::Result<void> set_optimizer_state(const OptimizerState& state) override {
    for (const Weights* moments : {&state.first, &state.second}) {
      if (moments->layers.empty()) continue;
      if (auto fit = check_fit(network_, *moments); !fit) return fit;
    }
    reset_moments();
    if (!state.first.layers.empty()) import_into(first_, state.first);
    if (!state.second.layers.empty()) import_into(second_, state.second);
    updates_ = state.updates;
    return {};
  }

  void set_optimizer(const OptimizerSettings& settings) override {
    if (settings.kind != optimizer_.kind) reset_moments();
    optimizer_ = settings;
  }

  std::span<const float> sample_losses() const override { return losses_; }
  std::span<const float> sample_probabilities() const override { return probabilities_; }

  void keep_good() override {
    good_weights_ = weights();
    good_state_ = optimizer_state();
  }
  void go_back() override {
    // Both were exported by this very back end, so they fit.
    (void)set_weights(good_weights_);
    (void)set_optimizer_state(good_state_);
  }

  std::string device_name() const override {
    return fmt::format("CPU · {} core{}", team_.size(), team_.size() == 1 ? "" : "s");
  }
  PhaseTimes phase_times() const override { return times_; }
  void note_gather(double seconds) override { times_.gather = seconds; }

 private:
  static constexpr std::size_t kLine = 16;  // floats of a cache line; the layout's size is whole lines

  // Belongs to the calling thread; oneDNN wants the same count when it builds a primitive and when it runs it.
  static void single_threaded_onednn() { omp_set_num_threads(1); }

  std::size_t pixels() const { return static_cast<std::size_t>(network_.input.count()); }

  Plan& plan_for(Shard& shard, int samples) {
    const auto found = shard.plans.find(samples);
    if (found != shard.plans.end()) return found->second;
    Plan plan = make_plan(engine_, network_, samples, layout_, {values_.data(), shard.gradients.data()});
    return shard.plans.emplace(samples, std::move(plan)).first->second;
  }

  static void run(std::vector<Operation>& operations, dnnl::stream& stream) {
    for (Operation& op : operations) op(stream);
    stream.wait();
  }

  static void run_forward(Shard& shard, Plan& plan, const float* images) {
    plan.input.set_data_handle(const_cast<float*>(images));  // oneDNN's memory has no read-only form; it only reads
    run(plan.forward, shard.stream);
  }

  void train_shard(int member, std::span<const float> images, std::span<const std::uint8_t> labels) {
    single_threaded_onednn();
    Shard& shard = *shards_[static_cast<std::size_t>(member)];
    const std::size_t begin = share_begin(labels.size(), member, team_.size());
    const std::size_t end = share_begin(labels.size(), member + 1, team_.size());
    shard.loss = 0;
    shard.correct = 0;
    shard.forward_seconds = shard.backward_seconds = 0;
    if (begin == end) return shard.gradients.clear();
    const auto start = std::chrono::steady_clock::now();
    Plan& plan = plan_for(shard, static_cast<int>(end - begin));
    run_forward(shard, plan, images.data() + begin * pixels());
    loss_and_gradient(shard, plan, labels, begin, end);
    shard.forward_seconds = seconds_since(start);
    run(plan.backward, shard.stream);
    shard.backward_seconds = seconds_since(start) - shard.forward_seconds;
  }

  void loss_and_gradient(Shard& shard, Plan& plan, std::span<const std::uint8_t> labels, std::size_t begin,
                         std::size_t end) {
    const auto* logits = static_cast<const float*>(plan.logits.get_data_handle());
    auto* diff = static_cast<float*>(plan.logits_diff.get_data_handle());
    const float share = 1.0F / static_cast<float>(labels.size());  // the loss is the mean over the whole batch
    for (std::size_t i = begin; i < end; ++i, logits += kClasses, diff += kClasses) {
      float* p = probabilities_.data() + i * kClasses;
      losses_[i] = softmax_loss(logits, labels[i], p);
      shard.loss += losses_[i];
      shard.correct += std::max_element(p, p + kClasses) - p == labels[i];
      for (int c = 0; c < kClasses; ++c) diff[c] = (p[c] - (c == labels[i] ? 1.0F : 0.0F)) * share;
    }
  }

  void predict_range(Shard& shard, std::span<const float> images, std::span<float> probabilities, std::size_t begin,
                     std::size_t end) {
    single_threaded_onednn();
    Plan& plan = plan_for(shard, shard_batch_);
    const auto batch = static_cast<std::size_t>(shard_batch_);
    std::vector<float> padded;  // the rest that does not fill a batch
    for (std::size_t done = begin; done < end; done += batch) {
      const std::size_t n = std::min(batch, end - done);
      const float* source = images.data() + done * pixels();
      if (n < batch) {
        padded.assign(batch * pixels(), 0.0F);
        std::copy_n(source, n * pixels(), padded.begin());
        source = padded.data();
      }
      run_forward(shard, plan, source);
      const auto* logits = static_cast<const float*>(plan.logits.get_data_handle());
      for (std::size_t i = 0; i < n; ++i) {
        softmax_loss(logits + i * kClasses, 0, probabilities.data() + (done + i) * kClasses);
      }
    }
  }

  // Shard by shard, so that the sum's bits never depend on which thread was first.
  void sum_gradients(std::size_t begin, std::size_t end, float* sum) const {
    std::copy(shards_.front()->gradients.data() + begin, shards_.front()->gradients.data() + end, sum);
    for (std::size_t s = 1; s < shards_.size(); ++s) {
      const float* gradients = shards_[s]->gradients.data();
      for (std::size_t i = begin; i < end; ++i) sum[i - begin] += gradients[i];
    }
  }

  void update_range(float rate, std::size_t begin, std::size_t end) {
    constexpr std::size_t kChunk = 8192;  // floats: five arrays of it stay in a core's second-level cache
    std::array<float, kChunk> sum;
    for (std::size_t at = begin; at < end; at += kChunk) {
      const std::size_t count = std::min(kChunk, end - at);
      sum_gradients(at, at + count, sum.data());
      update_parameters(optimizer_, rate, updates_,
                        {.parameters = values_.all().subspan(at, count),
                         .gradients = std::span(sum).first(count),
                         .first = first_.all().subspan(at, count),
                         .second = second_.all().subspan(at, count)});
    }
  }

  void reset_moments() {
    first_.clear();
    second_.clear();
    updates_ = 0;
  }

  dnnl::memory native(const FlatArray& array, const TensorPlace& place) const {
    return {place.native, engine_, const_cast<float*>(array.data()) + place.offset};
  }

  void reorder(dnnl::memory from, dnnl::memory to) const {
    dnnl::reorder(from, to).execute(shards_.front()->stream, from, to);
  }

  // oneDNN's layout to PyTorch's.
  Weights exported(const FlatArray& array) const {
    single_threaded_onednn();
    Weights out = shapes_;
    for (std::size_t i = 0; i < out.layers.size(); ++i) {
      for (const auto& [tensor, where] : {std::pair{&out.layers[i].weight, &layout_.layers[i].weight},
                                          std::pair{&out.layers[i].bias, &layout_.layers[i].bias}}) {
        reorder(native(array, *where), dnnl::memory(where->plain, engine_, tensor->data.data()));
      }
    }
    shards_.front()->stream.wait();
    return out;
  }

  void import_into(FlatArray& array, const Weights& weights) {
    single_threaded_onednn();
    for (std::size_t i = 0; i < weights.layers.size(); ++i) {
      for (const auto& [tensor, where] : {std::pair{&weights.layers[i].weight, &layout_.layers[i].weight},
                                          std::pair{&weights.layers[i].bias, &layout_.layers[i].bias}}) {
        reorder(dnnl::memory(where->plain, engine_, const_cast<float*>(tensor->data.data())), native(array, *where));
      }
    }
    shards_.front()->stream.wait();
  }

  NetworkSpec network_;
  base::WorkerTeam team_;
  int shard_batch_;  // samples of a full shard
  dnnl::engine engine_;
  ParameterLayout layout_;
  FlatArray values_, first_, second_;
  std::vector<std::unique_ptr<Shard>> shards_;  // one a member of the team
  Weights shapes_ = zeros_like(initial_weights(network_, 0));
  OptimizerSettings optimizer_;
  std::int64_t updates_ = 0;
  Weights good_weights_;  // keep_good()
  OptimizerState good_state_;
  PhaseTimes times_;
  std::vector<float> losses_;         // (n)
  std::vector<float> probabilities_;  // (n, 10)
};

}  // namespace

base::Result<std::unique_ptr<Backend>> make_cpu_backend(const NetworkSpec& network, int batch, int threads) {
  if (batch < 1) return base::fail("a batch needs at least one picture");
  if (network.layers.empty() || network.layers.back().kind != LayerKind::kDense ||
      network.layers.back().outputs != kClasses) {
    return base::fail("network '" + network.name + "' must end in a dense layer with 10 outputs, one for each digit");
  }
  try {
    return std::make_unique<CpuBackend>(network, batch, threads);
  } catch (const dnnl::error& e) {
    return base::fail("oneDNN cannot build network '" + network.name + "' on this processor: " + e.what());
  }
}

}  // namespace warpscope::training
