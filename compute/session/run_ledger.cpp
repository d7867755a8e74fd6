#include "compute/session/run_ledger.h"

#include <algorithm>
#include <system_error>

namespace warpscope::session {

void RunLedger::add(Record record) {
  if (const auto* begun = std::get_if<RunBegun>(&record)) present_ticket_ = begun->ticket;
  waiting_.push_back(std::move(record));
}

void RunLedger::resume(int ticket, std::int64_t run_id) {
  run_of_ticket_[ticket] = run_id;
  present_ticket_ = ticket;
}

std::int64_t RunLedger::present_run() const {
  const auto run = run_of_ticket_.find(present_ticket_);
  return run == run_of_ticket_.end() ? 0 : run->second;
}

base::Result<void> RunLedger::write_waiting(store::Store& store) {
  while (!waiting_.empty()) {
    auto written = std::visit([&](const auto& record) { return write(store, record); }, waiting_.front());
    if (!written && !was_deleted(store, waiting_.front())) return written;
    waiting_.pop_front();
  }
  return {};
}

base::Result<void> RunLedger::write(store::Store& store, const RunBegun& begun) {
  const auto id = store.begin_run(begun.settings);
  if (!id) return tl::unexpected(id.error());
  run_of_ticket_[begun.ticket] = *id;
  return {};
}

base::Result<void> RunLedger::write(store::Store& store, const RunTrainsOn& record) {
  return store.set_backend(run_of_ticket_[record.ticket], record.backend);
}

base::Result<void> RunLedger::write(store::Store& store, const EpochFinished& finished) {
  const std::int64_t run = run_of_ticket_[finished.ticket];
  changed_.insert(run);
  return store.add_epoch(run, finished.record, finished.train, finished.validation);
}

base::Result<void> RunLedger::write(store::Store& store, const TestRead& read) {
  return store.set_test_accuracy(run_of_ticket_[read.ticket], read.accuracy);
}

bool RunLedger::was_deleted(const store::Store& store, const Record& record) const {
  if (std::holds_alternative<RunBegun>(record)) return false;
  const int ticket = std::visit([](const auto& r) { return r.ticket; }, record);
  const auto run = run_of_ticket_.find(ticket);
  const auto stored = store.runs();
  if (run == run_of_ticket_.end() || !stored) return false;
  return std::none_of(stored->begin(), stored->end(),
                      [&](const store::RunSummary& summary) { return summary.id == run->second; });
}

void RunLedger::add_checkpoint(CheckpointMade made) {
  const std::filesystem::path file = made.file;
  checkpoints_[file] = std::move(made);
}

void RunLedger::set_checkpoint_aside(const std::filesystem::path& file) {
  checkpoints_.erase(file);
  std::filesystem::path aside = file;
  aside.replace_extension(".previous.safetensors");
  std::error_code not_there;  // there may be no checkpoint yet
  std::filesystem::rename(file, aside, not_there);
}

base::Result<void> RunLedger::write_checkpoints() {
  while (!checkpoints_.empty()) {
    const auto first = checkpoints_.begin();
    std::error_code failure;  // save_checkpoint tells what is wrong with the folder
    std::filesystem::create_directories(first->first.parent_path(), failure);
    if (auto saved = training::save_checkpoint(*first->second.checkpoint, first->first); !saved) return saved;
    checkpoints_.erase(first);
  }
  return {};
}

base::Result<std::shared_ptr<const RunsView>> RunLedger::view(const store::Store& store) {
  auto runs = store.runs();
  if (!runs) return tl::unexpected(runs.error());
  auto view = std::make_shared<RunsView>();
  std::map<std::int64_t, std::shared_ptr<const store::RunCurve>> curves;
  for (const std::int64_t id : compared_) {
    const auto summary =
        std::find_if(runs->begin(), runs->end(), [&](const store::RunSummary& run) { return run.id == id; });
    if (summary == runs->end()) continue;
    auto curve = changed_.count(id) != 0 ? nullptr : curves_[id];
    if (!curve) {
      auto read = store.curve(id);
      if (!read) return tl::unexpected(read.error());
      curve = std::make_shared<const store::RunCurve>(std::move(*read));
    }
    curves[id] = curve;
    view->compared.push_back({*summary, std::move(curve)});
  }
  curves_ = std::move(curves);
  changed_.clear();
  view->runs = std::move(*runs);
  return view;
}

std::optional<ResumableRun> find_run_of(const store::Store& store, const training::Checkpoint& checkpoint) {
  const auto runs = store.runs();
  if (!runs) return std::nullopt;
  for (const store::RunSummary& run : *runs) {
    if (run.settings.network != checkpoint.network || run.settings.seed != checkpoint.seed) continue;
    auto curve = store.curve(run.id);
    if (!curve || curve->epochs.empty() || curve->epochs.back().step > checkpoint.step) continue;
    return ResumableRun{run, std::make_shared<const store::RunCurve>(std::move(*curve))};
  }
  return std::nullopt;
}

store::RunCurve stored_form(const CurveView& curve) {
  store::RunCurve stored;
  stored.train.reserve(curve.train_count());
  for (const auto& chunk : curve.train) stored.train.insert(stored.train.end(), chunk->begin(), chunk->end());
  stored.validation = curve.validation;
  return stored;
}

}  // namespace warpscope::session
