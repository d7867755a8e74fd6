// session/keeper_runs.cpp: the part of the keeper that is about training runs and files of weights and curves.
#include <fmt/format.h>

#include <fstream>

#include "compute/session/keeper_worker.h"

namespace warpscope::session {

using Kind = Message::Kind;

void KeeperWorker::publish_runs() {
  if (!store_) return;
  auto runs = ledger_.view(*store_);
  if (!runs) {
    say_refused(runs.error());
    return;
  }
  channels_.board.change([&](LearnView& view) { view.runs = std::move(*runs); });
}

void KeeperWorker::take(const RunBegun& record) {
  ledger_.add(record);
  if (write_waiting()) publish_runs();
}

void KeeperWorker::take(const RunResumed& record) {
  ledger_.resume(record.ticket, record.run_id);
  channels_.board.change([&](LearnView& view) { view.training.run_id = record.run_id; });
}

void KeeperWorker::take(const RunTrainsOn& record) {
  ledger_.add(record);
  if (write_waiting()) publish_runs();
}

void KeeperWorker::take(const RunLeft&) {
  ledger_.leave();
  channels_.board.change([](LearnView& view) { view.training.run_id = 0; });
}

void KeeperWorker::take(const EpochFinished& record) {
  ledger_.add(record);
  if (write_waiting()) publish_runs();
}

void KeeperWorker::take(const TestRead& record) {
  ledger_.add(record);
  if (write_waiting()) publish_runs();
}

void KeeperWorker::take(const CheckpointMade& record) {
  ledger_.add_checkpoint(record);
  (void)write_waiting();
}

void KeeperWorker::take(const CheckpointSetAside& record) {
  ledger_.set_checkpoint_aside(record.file);
}

void KeeperWorker::take(const WeightsToSave& command) {
  report(training::save_checkpoint(*command.checkpoint, command.file),
         fmt::format("Weights saved to {}.", command.file.string()));
}

void KeeperWorker::take(const CompareRuns& command) {
  ledger_.compare(command.ids);
  publish_runs();
}

void KeeperWorker::take(const RenameRun& command) {
  if (!store_) {
    channels_.board.say(Kind::kError, "The store cannot be reached, so the run keeps its name. Retry once it can.",
                        Message::Action::kRetryStore);
    return;
  }
  if (const auto renamed = store_->rename_run(command.id, command.name); !renamed) {
    say_refused(renamed.error());
    return;
  }
  publish_runs();
}

void KeeperWorker::take(const DeleteRun& command) {
  if (command.id != 0 && command.id == ledger_.present_run()) {
    channels_.board.say(Kind::kWarning, "This is the run being trained. Reset training first, then it can be deleted.");
    return;
  }
  if (!store_) {
    channels_.board.say(Kind::kError, "The store cannot be reached, so the run stays. Retry once it can.",
                        Message::Action::kRetryStore);
    return;
  }
  if (const auto removed = store_->remove_run(command.id); !removed) {
    say_refused(removed.error());
    return;
  }
  publish_runs();
}

void KeeperWorker::take(const ExportCurve& command) {
  const auto curves = channels_.board.read([](const LearnView& view) { return view.curves; });
  if (curves->train_count() == 0) {
    channels_.board.say(Kind::kWarning, "There is no curve to export yet: train first.");
    return;
  }
  std::ofstream file(command.csv, std::ios::binary);
  file << store::curve_csv(stored_form(*curves));
  file.close();
  if (!file) {
    channels_.board.say(
        Kind::kError,
        fmt::format("The curve could not be written to {}. Is the folder there and writable?", command.csv.string()));
    return;
  }
  channels_.board.say(Kind::kGood, fmt::format("Curve exported to {}.", command.csv.string()));
}

}  // namespace warpscope::session
