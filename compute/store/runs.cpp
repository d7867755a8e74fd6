// The part of Store that keeps training runs, and the curve as CSV.
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

#include "compute/store/impl.h"
#include "compute/store/point_blob.h"

namespace warpscope::store {
namespace {

constexpr std::size_t kMaxNameBytes = 200;

// SQLite keeps a NaN as NULL; this reads it back as what it was.
double real_or_nan(const Statement& row, int column) {
  return row.is_null(column) ? std::numeric_limits<double>::quiet_NaN() : row.real(column);
}

std::string run_name(std::int64_t run) {
  return fmt::format("run {}", run);
}

std::string without_outer_spaces(const std::string& text) {
  constexpr const char* kSpaces = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpaces);
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

constexpr const char* kSelectRuns = R"sql(
SELECT runs.id, runs.name, started, network, optimizer, schedule, augmentation, backend, rate, batch, runs.epochs, seed,
       test_accuracy, (SELECT count(*) FROM epochs WHERE epochs.run = runs.id), last.validation_loss,
       last.validation_accuracy
FROM runs LEFT JOIN epochs AS last
  ON last.run = runs.id AND last.epoch = (SELECT max(epoch) FROM epochs WHERE epochs.run = runs.id)
ORDER BY runs.id DESC)sql";

RunSummary run_of(const Statement& row) {
  RunSummary run;
  run.id = row.integer(0);
  run.started = row.text(2);
  run.settings = {row.text(3),
                  row.text(4),
                  row.text(5),
                  row.text(6),
                  row.text(7),
                  real_or_nan(row, 8),
                  static_cast<int>(row.integer(9)),
                  static_cast<int>(row.integer(10)),
                  static_cast<std::uint64_t>(row.integer(11))};
  run.name = row.is_null(1) ? fmt::format("{} #{}", run.settings.network, run.id) : row.text(1);
  if (!row.is_null(12)) run.test_accuracy = row.real(12);
  run.epochs_done = static_cast<int>(row.integer(13));
  if (run.epochs_done > 0) {
    run.validation_loss = real_or_nan(row, 14);
    run.validation_accuracy = real_or_nan(row, 15);
  }
  return run;
}

EpochRecord epoch_of(const Statement& row) {
  return {static_cast<int>(row.integer(0)),
          row.integer(1),
          real_or_nan(row, 2),
          real_or_nan(row, 3),
          real_or_nan(row, 4),
          real_or_nan(row, 5),
          real_or_nan(row, 6),
          real_or_nan(row, 7)};
}

}  // namespace

Result<std::int64_t> Store::begin_run(const RunSettings& s) {
  Statement insert(
      impl_->database,
      "INSERT INTO runs (started, network, optimizer, schedule, augmentation, backend, rate, batch, epochs, "
      "seed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  insert.bind(utc_now(), s.network, s.optimizer, s.schedule, s.augmentation, s.backend, s.rate, s.batch, s.epochs,
              static_cast<std::int64_t>(s.seed));
  if (!insert.run_to_end()) return impl_->cannot("keep the run");
  return sqlite3_last_insert_rowid(impl_->database.get());
}

Result<void> Store::add_epoch(std::int64_t run, const EpochRecord& e, const std::vector<CurvePoint>& train,
                              const std::vector<CurvePoint>& validation) {
  constexpr const char* kDoing = "keep the epoch";
  const Database& database = impl_->database;
  if (e.epoch < 1) return base::fail(fmt::format("cannot keep epoch {}: epochs count from 1", e.epoch));
  Transaction transaction(database);
  if (!transaction.begun()) return impl_->cannot(kDoing);
  Statement epoch(database, "INSERT INTO epochs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  epoch.bind(run, e.epoch, e.step, e.seconds, e.train_loss, e.train_accuracy, e.validation_loss, e.validation_accuracy,
             e.samples_per_second);
  if (!epoch.run_to_end()) {
    if (database.code() != SQLITE_CONSTRAINT) return impl_->cannot(kDoing);
    return base::fail(
        fmt::format("cannot keep epoch {} of run {}: there is no such run, or it has this epoch already", e.epoch, run),
        {impl_->file.string()});
  }
  using Kind = std::pair<const char*, const std::vector<CurvePoint>&>;
  for (const auto& [kind, points] : {Kind("train", train), Kind("validation", validation)}) {
    if (points.empty()) continue;
    Statement insert(database, "INSERT INTO curve_points VALUES (?, ?, ?, ?)");
    const std::vector<std::uint8_t> blob = pack_points(points);
    if (!insert.bind(run, e.epoch, std::string(kind), std::span(blob)).run_to_end()) return impl_->cannot(kDoing);
  }
  if (!transaction.commit()) return impl_->cannot(kDoing);
  return {};
}

Result<void> Store::set_test_accuracy(std::int64_t run, double accuracy) {
  return impl_->change_one("keep the test accuracy", run_name(run), "UPDATE runs SET test_accuracy = ? WHERE id = ?",
                           accuracy, run);
}

Result<void> Store::set_backend(std::int64_t run, const std::string& backend) {
  return impl_->change_one("keep what it trains on", run_name(run), "UPDATE runs SET backend = ? WHERE id = ?", backend,
                           run);
}

Result<void> Store::rename_run(std::int64_t run, const std::string& name) {
  constexpr const char* kDoing = "rename the run";
  const std::string trimmed = without_outer_spaces(name);
  if (trimmed.size() > kMaxNameBytes) {
    return base::fail(
        fmt::format("this name is {} bytes long; a run's name may have {}", trimmed.size(), kMaxNameBytes));
  }
  if (trimmed.empty()) {
    return impl_->change_one(kDoing, run_name(run), "UPDATE runs SET name = NULL WHERE id = ?", run);
  }
  return impl_->change_one(kDoing, run_name(run), "UPDATE runs SET name = ? WHERE id = ?", trimmed, run);
}

Result<void> Store::remove_run(std::int64_t run) {
  return impl_->change_one("delete the run", run_name(run), "DELETE FROM runs WHERE id = ?", run);
}

Result<std::vector<RunSummary>> Store::runs() const {
  Statement rows(impl_->database, kSelectRuns);
  std::vector<RunSummary> all;
  while (rows.next_row()) all.push_back(run_of(rows));
  if (!rows.finished()) return impl_->cannot("read the runs");
  return all;
}

Result<RunCurve> Store::curve(std::int64_t run) const {
  constexpr const char* kDoing = "read the run's curve";
  const Database& database = impl_->database;
  RunCurve curve;
  Statement epochs(database,
                   "SELECT epoch, step, seconds, train_loss, train_accuracy, validation_loss, validation_accuracy, "
                   "samples_per_second FROM epochs WHERE run = ? ORDER BY epoch");
  epochs.bind(run);
  while (epochs.next_row()) curve.epochs.push_back(epoch_of(epochs));
  if (!epochs.finished()) return impl_->cannot(kDoing);
  Statement points(database, "SELECT kind, points FROM curve_points WHERE run = ? ORDER BY epoch");
  points.bind(run);
  while (points.next_row()) {
    if (unpack_points(points.blob(1), points.text(0) == "train" ? curve.train : curve.validation)) continue;
    return base::fail(fmt::format("cannot {}: run {} holds a broken list of points", kDoing, run),
                      {impl_->file.string()});
  }
  if (!points.finished()) return impl_->cannot(kDoing);
  if (!curve.epochs.empty()) return curve;
  Statement known(database, "SELECT 1 FROM runs WHERE id = ?");
  if (known.bind(run).next_row()) return curve;
  return base::fail(fmt::format("cannot {}: there is no run {} in the store", kDoing, run), {impl_->file.string()});
}

std::string curve_csv(const RunCurve& curve) {
  fmt::memory_buffer csv;
  const auto into = std::back_inserter(csv);
  fmt::format_to(into, "epoch,step,kind,loss,accuracy\n");
  using Kind = std::pair<const char*, const std::vector<CurvePoint>&>;
  for (const auto& [kind, points] : {Kind("train", curve.train), Kind("validation", curve.validation)}) {
    for (const CurvePoint& p : points) {
      fmt::format_to(into, "{},{},{},{},{}\n", p.epoch, p.step, kind, p.loss, p.accuracy);
    }
  }
  return fmt::to_string(csv);
}

}  // namespace warpscope::store
