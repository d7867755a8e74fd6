// session/run_ledger.h: the training runs of this session on their way into the store, and what of all runs is shown.
// Floor 5. Owned by the keeper's thread. Records that the store refuses wait here, in order, and are written later.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <variant>
#include <vector>

#include "compute/session/channels.h"

namespace warpscope::session {

class RunLedger {
 public:
  using Record = std::variant<RunBegun, RunTrainsOn, EpochFinished, TestRead>;

  void add(Record record);
  // The session's run `ticket` goes on with a run that is in the store already.
  void resume(int ticket, std::int64_t run_id);
  void leave() { present_ticket_ = 0; }
  // Writes what waits. Records of a run that somebody deleted meanwhile are dropped.
  base::Result<void> write_waiting(store::Store& store);
  bool anything_waiting() const { return !waiting_.empty() || !checkpoints_.empty(); }

  // Checkpoints: only the newest of a file matters.
  void add_checkpoint(CheckpointMade made);
  void set_checkpoint_aside(const std::filesystem::path& file);
  base::Result<void> write_checkpoints();

  // In the store; 0 while the present run could not be written.
  std::int64_t present_run() const;
  void compare(std::vector<std::int64_t> ids) { compared_ = std::move(ids); }
  // All runs, with the curves of the compared ones. Curves are read once.
  base::Result<std::shared_ptr<const RunsView>> view(const store::Store& store);

 private:
  base::Result<void> write(store::Store& store, const RunBegun& begun);
  base::Result<void> write(store::Store& store, const RunTrainsOn& record);
  base::Result<void> write(store::Store& store, const EpochFinished& finished);
  base::Result<void> write(store::Store& store, const TestRead& read);
  bool was_deleted(const store::Store& store, const Record& record) const;

  std::deque<Record> waiting_;
  std::map<std::filesystem::path, CheckpointMade> checkpoints_;
  std::map<int, std::int64_t> run_of_ticket_;
  int present_ticket_ = 0;
  std::vector<std::int64_t> compared_;
  std::map<std::int64_t, std::shared_ptr<const store::RunCurve>> curves_;
  std::set<std::int64_t> changed_;  // runs whose curve grew since it was read
};

// The newest stored run that a checkpoint can go on with, and its curve. Empty where there is none.
struct ResumableRun {
  store::RunSummary summary;
  std::shared_ptr<const store::RunCurve> curve;
};
std::optional<ResumableRun> find_run_of(const store::Store& store, const training::Checkpoint& checkpoint);

// A curve as shown, as the store keeps it; for the CSV export.
store::RunCurve stored_form(const CurveView& curve);

}  // namespace warpscope::session
