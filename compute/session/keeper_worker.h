// session/keeper_worker.h: keeps drawings, runs and checkpoints on disk. Floor 5. Its own thread; nobody waits for it.
// What cannot be written is said once, stays in memory, and is written by RetryStore or with the next change.
#pragma once

#include <optional>
#include <string>

#include "compute/session/channels.h"
#include "compute/session/drawing_shelf.h"
#include "compute/session/run_ledger.h"

namespace warpscope::session {

class KeeperWorker {
 public:
  // `resume`: whether the checkpoint of last time is offered to the trainer.
  KeeperWorker(Channels& channels, std::filesystem::path data_dir, bool resume)
      : channels_(channels), data_dir_(std::move(data_dir)), resume_(resume) {}
  void run();  // the thread; returns after Stop, with everything before it written

 private:
  // Drawings.
  void take(const LabelDrawing& command);
  void take(const RelabelDrawing& command);
  void take(const DeleteDrawing& command);
  void take(const UndoGallery& command);
  void take(const ExportDrawings& command);
  void take(const ImportDrawings& command);
  void take(const ReadingsMade& command);
  // Runs and files.
  void take(const RunBegun& record);
  void take(const RunResumed& record);
  void take(const RunTrainsOn& record);
  void take(const RunLeft& record);
  void take(const EpochFinished& record);
  void take(const TestRead& record);
  void take(const CheckpointMade& record);
  void take(const CheckpointSetAside& record);
  void take(const WeightsToSave& command);
  void take(const CompareRuns& command);
  void take(const RenameRun& command);
  void take(const DeleteRun& command);
  void take(const ExportCurve& command);
  // The store itself.
  void take(const RetryStore& command);
  void take(const Stop&) { stopped_ = true; }

  base::Result<void> open_store();
  void offer_last_time();
  // Writes everything that waits; says so where the store fails or works again.
  base::Result<void> write_waiting();
  base::Result<void> try_writing();
  store::Store* store() { return store_ ? &*store_ : nullptr; }

  enum class Learning { kNothingNew, kSomethingNew };
  void drawings_changed(Learning learning, std::optional<Message> message);
  void publish_runs();
  void report(const base::Result<void>& done, std::string good);
  void say_refused(const base::Error& error);

  Channels& channels_;
  std::filesystem::path data_dir_;
  bool resume_;
  bool stopped_ = false;
  std::optional<store::Store> store_;
  bool works_ = true;  // as shown: LearnView::store_ok
  DrawingShelf shelf_;
  RunLedger ledger_;
};

}  // namespace warpscope::session
