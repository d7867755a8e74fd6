#include "compute/trace/shared_writers.h"

#include <algorithm>
#include <bit>

namespace warpscope::trace {
namespace {

using vgpu::AccessKind;
using Words = SharedWriters::Words;

std::size_t words_in(const vgpu::Block& block) {
  return (block.shared.size() + 3) / 4;
}

bool writes_shared(const vgpu::Access& access) {
  return access.space == vgpu::AccessSpace::kShared &&
         (access.kind == AccessKind::kStore || access.kind == AccessKind::kAtomic ||
          access.kind == AccessKind::kAsyncCopy);
}

void note(const vgpu::StepEvent& event, const vgpu::Access& access, Words& words) {
  const std::uint64_t first_lane = SharedWriters::word_of({event.step, event.warp * base::kWarpSize});
  for (LaneMask left = access.mask; left != 0; left &= left - 1) {
    const auto lane = static_cast<std::size_t>(std::countr_zero(left));
    const std::uint64_t begin = access.address[lane];
    const std::uint64_t end = std::min<std::uint64_t>((begin + access.bytes + 3) / 4, words.size());
    for (std::uint64_t word = begin / 4; word < end; ++word) words[word] = first_lane + lane;
  }
}

// Goes on with the words of one block.
class OneBlock final : public vgpu::Observer {
 public:
  OneBlock(std::uint64_t block, std::shared_ptr<Words> words) : block_(block), words_(std::move(words)) {}
  void on_step(const vgpu::StepEvent& event) override {
    if (event.block->number != block_) return;
    for (const vgpu::Access& access : event.accesses) {
      if (writes_shared(access)) note(event, access, *words_);
    }
  }
  bool wants_steps(vgpu::InstKind kind) const override {
    return kind == vgpu::InstKind::kMemory || kind == vgpu::InstKind::kWarp;
  }

 private:
  std::uint64_t block_;
  std::shared_ptr<Words> words_;
};

// How many words the block's shared memory has; nullopt: it does not run there.
std::optional<std::size_t> words_at(Timeline& timeline, std::uint64_t position, std::uint64_t block) {
  timeline.seek(position);
  for (const vgpu::Block& each : timeline.state().blocks) {
    if (each.number == block) return words_in(each);
  }
  return std::nullopt;
}

}  // namespace

SharedWriters::SharedWriters(const SharedWritersOptions& options)
    : options_(options), interval_(std::max<std::uint64_t>(1, options.interval)) {}

void SharedWriters::on_step(const vgpu::StepEvent& event) {
  if (event.step >= next_copy_) copy(event.step);
  for (const vgpu::Access& access : event.accesses) {
    if (writes_shared(access)) note(event, access, present_words(*event.block));
  }
}

void SharedWriters::on_block_end(const vgpu::Block& block) {
  known_.erase(block.number);
  last_block_ = ~0ULL;
}

Words& SharedWriters::present_words(const vgpu::Block& block) {
  if (block.number == last_block_) return *last_words_;
  Known& known = known_[block.number];
  if (known.words == nullptr) {
    known.words = std::make_shared<Words>(words_in(block));
  } else if (known.is_copied) {
    known.words = std::make_shared<Words>(*known.words);
  }
  known.is_copied = false;
  last_block_ = block.number;
  last_words_ = known.words.get();
  return *last_words_;
}

// What has been written before the step at this position, in blocks that run there. Positions between the last step
// that wrote and this one go by the copy before: blocks may have ended since.
void SharedWriters::copy(std::uint64_t position) {
  Copy made;
  made.position = position;
  for (auto& [block, known] : known_) {
    known.is_copied = true;
    made.blocks[block] = known.words;
  }
  last_block_ = ~0ULL;
  copies_.push_back(std::move(made));
  next_copy_ = position + interval_;
  count_bytes();
  while (bytes_ > options_.bytes && copies_.size() > 2) thin_out();
}

// Of the last copy, beside what it shares with the one before.
void SharedWriters::count_bytes() {
  const Copy& last = copies_.back();
  const Copy* const before = copies_.size() > 1 ? &copies_[copies_.size() - 2] : nullptr;
  bytes_ += sizeof last;
  for (const auto& [block, words] : last.blocks) {
    bytes_ += sizeof(Known) + 8 * sizeof(void*);  // about what an entry of a map takes
    const bool is_shared = before != nullptr && before->blocks.contains(block) && before->blocks.at(block) == words;
    if (!is_shared) bytes_ += words->size() * sizeof(std::uint64_t);
  }
}

void SharedWriters::thin_out() {
  std::vector<Copy> all = std::move(copies_);
  copies_.clear();
  bytes_ = 0;
  for (std::size_t i = 0; i < all.size(); i += 2) {
    copies_.push_back(std::move(all[i]));
    count_bytes();
  }
  interval_ *= 2;
  next_copy_ = copies_.back().position + interval_;
}

std::shared_ptr<const Words> SharedWriters::at(Timeline& timeline, std::uint64_t position, std::uint64_t block) const {
  position = std::min(position, timeline.size());
  const std::uint64_t here = timeline.position();
  const auto size = words_at(timeline, position, block);
  timeline.seek(here);
  if (!size) return nullptr;
  const auto behind = std::upper_bound(copies_.begin(), copies_.end(), position,
                                       [](std::uint64_t at, const Copy& copy) { return at < copy.position; });
  const Copy* const copy = behind != copies_.begin() ? &*(behind - 1) : nullptr;
  std::shared_ptr<Words> words;
  if (copy != nullptr) {
    const auto known = copy->blocks.find(block);
    if (known != copy->blocks.end()) words = known->second;
  }
  // The stores of this block since then: from the first of them up to the last the run is made again.
  const std::uint64_t first_warp = block * timeline.warps_per_block();
  const auto may_write = [&](const StepRecord& r) {
    return (r.flags & (kShared | kStore)) == (kShared | kStore) && r.warp - first_warp < timeline.warps_per_block();
  };
  const auto record = [&](std::uint64_t n) { return timeline.records().begin() + static_cast<std::ptrdiff_t>(n); };
  const std::uint64_t from = copy != nullptr ? copy->position : 0;
  const auto first = std::find_if(record(from), record(position), may_write);
  if (first != record(position)) {
    const auto last =
        std::find_if(std::make_reverse_iterator(record(position)), std::make_reverse_iterator(first), may_write);
    words = words != nullptr ? std::make_shared<Words>(*words) : std::make_shared<Words>(*size);
    OneBlock watcher(block, words);
    timeline.watch_part(static_cast<std::uint64_t>(first - timeline.records().begin()),
                        static_cast<std::uint64_t>(last.base() - timeline.records().begin()), {&watcher});
  } else if (words == nullptr) {
    words = std::make_shared<Words>(*size);
  }
  return words;
}

}  // namespace warpscope::trace
