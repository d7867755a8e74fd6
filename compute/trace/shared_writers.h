// trace/shared_writers.h: who wrote each word of a block's shared memory last, at any position of a run. Floor 3. Owned
// by the thread of the timeline that it watches.
// It watches the recording (TimelineOptions::shared_store_watchers) and keeps, at intervals, what is known of each
// block that runs; blocks in which nothing was written meanwhile share it. For a place in between, the rest is made
// again. When this needs more than its share of memory, every second copy goes and the interval doubles.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "compute/trace/timeline.h"

namespace warpscope::trace {

struct SharedWritersOptions {
  std::uint64_t bytes = 64U << 20;  // for all copies together
  std::uint64_t interval = 16384;   // steps between two of them, at first
};

class SharedWriters final : public vgpu::Observer {
 public:
  // A word of four bytes: 0 where nobody has written any of it, else made of the step and of the thread (linear in the
  // block) that did so last. Of several lanes of one step that is the highest.
  using Words = std::vector<std::uint64_t>;
  struct Writer {
    std::uint64_t step = 0;  // records()[step]
    std::uint32_t thread = 0;
  };
  static std::optional<Writer> writer(std::uint64_t word) {
    if (word == 0) return std::nullopt;
    return Writer{(word >> kThreadBits) - 1, static_cast<std::uint32_t>(word & ((1U << kThreadBits) - 1))};
  }
  static std::uint64_t word_of(const Writer& w) { return (w.step + 1) << kThreadBits | w.thread; }

  explicit SharedWriters(const SharedWritersOptions& options = {});

  // Of all words of a block's shared memory; null: the block does not run at that position. `timeline` is the one it
  // watched; it stays where it is. Edits of the timeline are no writes.
  std::shared_ptr<const Words> at(Timeline& timeline, std::uint64_t position, std::uint64_t block) const;

  std::size_t copies() const { return copies_.size(); }
  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t interval() const { return interval_; }

  void on_step(const vgpu::StepEvent& event) override;
  void on_block_end(const vgpu::Block& block) override;
  bool wants_steps(vgpu::InstKind) const override { return false; }  // the recorder tells

 private:
  static constexpr int kThreadBits = 10;  // a block has 1024 at most
  struct Known {
    std::shared_ptr<Words> words;
    bool is_copied = false;  // one of copies_ has it too: to be written it must be copied
  };
  struct Copy {
    std::uint64_t position = 0;                              // of a step that wrote
    std::map<std::uint64_t, std::shared_ptr<Words>> blocks;  // in which something was written
  };
  void copy(std::uint64_t position);
  void count_bytes();
  void thin_out();
  Words& present_words(const vgpu::Block& block);

  SharedWritersOptions options_;
  std::uint64_t interval_ = 0, next_copy_ = 0, bytes_ = 0;
  std::map<std::uint64_t, Known> known_;  // by number of the block: those that run
  std::uint64_t last_block_ = ~0ULL;      // whose words are
  Words* last_words_ = nullptr;           //   these, which may be written
  std::vector<Copy> copies_;              // in order of their positions
};

}  // namespace warpscope::trace
