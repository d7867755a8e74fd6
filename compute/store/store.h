// store/store.h: a person's work, kept: drawn digits and training runs in one SQLite file. Floor 2.
// One Store is used by one thread at a time (open a second one for another thread; SQLite's WAL lets both read).
// Every call that changes something is one durable transaction: after it returned, a SIGKILL loses nothing of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compute/drawings/drawing.h"

namespace warpscope::store {

using base::Result;

struct StoredDrawing {
  std::int64_t id = 0;
  drawings::Drawing drawing;     // its label is always set; without strokes where it was imported as a picture
  drawings::DigitImage image{};  // what networks see of it
  std::string created;           // UTC, ISO 8601: 2026-11-21T11:38:48.123Z
};

// A labelled drawing on its way into the store.
struct NewDrawing {
  drawings::Drawing drawing;
  drawings::DigitImage image{};
};

// A run as it was started. Everything needed to do it again.
struct RunSettings {
  std::string network;
  std::string optimizer;
  std::string schedule;
  std::string augmentation;  // a compact text of what was on, "" for none
  std::string backend;       // "cpu"
  double rate = 0;
  int batch = 0;
  int epochs = 0;
  std::uint64_t seed = 0;
};

struct RunSummary {
  std::int64_t id = 0;
  std::string name;  // given by the person, else "cnn32 #12"
  std::string started;
  RunSettings settings;
  int epochs_done = 0;
  std::optional<double> validation_loss;      // of the last epoch
  std::optional<double> validation_accuracy;  // 0..1, of the last epoch
  std::optional<double> test_accuracy;        // 0..1, once read
};

// One finished epoch, as the CLI prints it and the curves keep it.
struct EpochRecord {
  int epoch = 0;  // from 1
  std::int64_t step = 0;
  double seconds = 0;  // training time of this epoch, without validation
  double train_loss = 0;
  double train_accuracy = 0;
  double validation_loss = 0;
  double validation_accuracy = 0;
  double samples_per_second = 0;
};

// A point of a run's curve. Training points are one a step; validation points a few an epoch.
struct CurvePoint {
  std::int64_t step = 0;
  float epoch = 0;  // fractional
  float loss = 0;
  float accuracy = 0;  // 0..1
};

struct RunCurve {
  std::vector<CurvePoint> train;
  std::vector<CurvePoint> validation;
  std::vector<EpochRecord> epochs;
};

struct CheckReport {
  bool sound = true;
  std::int64_t drawings = 0;
  std::int64_t runs = 0;
  std::vector<std::string> problems;  // one sentence each
};

class Store {
 public:
  // Opens or creates `data_dir`/warpscope.sqlite (and the folder). A damaged file is renamed to
  // warpscope.sqlite.damaged-<UTC time> (with its -wal and -shm) and a fresh one begun; `notice()` then says so.
  // Errors: the folder cannot be made or written, the disk is full, the file is from a newer version.
  static Result<Store> open(const std::filesystem::path& data_dir);
  // As open(), but never creates, repairs or sets aside: for `drawings check` and for reading beside a running app.
  // A damaged file opens, so that check() can say what is wrong with it.
  static Result<Store> open_read_only(const std::filesystem::path& data_dir);
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  const std::string& notice() const;  // "" or one sentence for the person
  const std::filesystem::path& file() const;

  // Drawings. One without a label, or with neither strokes nor ink in its image, is refused.
  Result<std::int64_t> add_drawing(const drawings::Drawing& labelled, const drawings::DigitImage& image);  // the id
  Result<std::vector<std::int64_t>> add_drawings(const std::vector<NewDrawing>& labelled);  // all or none; the ids
  Result<void> relabel(std::int64_t id, int label);
  Result<void> remove_drawing(std::int64_t id);
  Result<void> restore_drawing(const StoredDrawing& removed);  // undo of remove_drawing, under its old id
  // Oldest first. Should a row's strokes be unreadable, its picture still comes, without strokes; check() names it.
  Result<std::vector<StoredDrawing>> drawings() const;

  // Runs. An epoch is kept once: a second record of the same epoch is refused. An empty name brings back the first
  // one ("cnn32 #12"). The curve's points since the last call and the epoch's record go in together, in one
  // transaction.
  Result<std::int64_t> begin_run(const RunSettings& settings);
  Result<void> add_epoch(std::int64_t run, const EpochRecord& epoch, const std::vector<CurvePoint>& train,
                         const std::vector<CurvePoint>& validation);
  Result<void> set_test_accuracy(std::int64_t run, double accuracy);
  Result<void> set_backend(std::int64_t run, const std::string& backend);  // it goes on there
  Result<void> rename_run(std::int64_t run, const std::string& name);
  Result<void> remove_run(std::int64_t run);
  Result<std::vector<RunSummary>> runs() const;  // newest first
  Result<RunCurve> curve(std::int64_t run) const;

  // Integrity of the file and of every row (strokes parse, labels are 0..9, curves belong to runs).
  Result<CheckReport> check() const;

 private:
  struct Impl;
  friend struct Opening;  // makes stores; open.cpp
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Writes one strokes JSON and one 28x28 PNG for each drawing (00012-label7.json/.png) and, for other programs, all of
// them as an IDX pair (drawings-images-idx3-ubyte, drawings-labels-idx1-ubyte). Returns how many drawings. A drawing
// that came as a picture has no strokes file. What an earlier export wrote of the same id under another label goes.
Result<int> export_drawings(const std::vector<StoredDrawing>& drawings, const std::filesystem::path& folder);

struct ImportReport {
  int imported = 0;
  int already_there = 0;             // in the store, or twice in the folder
  std::vector<std::string> skipped;  // "file: why", one each
};
// Every labelled strokes JSON of the folder; digit pictures (PNG, label in the file name as export writes it) and IDX
// pairs come in as pictures without strokes, unless strokes files of the same export are there. What does not parse is
// reported and skipped; a drawing that is in the store already (same strokes, or for a picture the same pixels, and the
// same label) is not added twice. All of it is one transaction.
Result<ImportReport> import_drawings(Store& store, const std::filesystem::path& folder);

// "epoch,step,kind,loss,accuracy" with one line a point. Shared by the GUI's export and --export-curve.
std::string curve_csv(const RunCurve& curve);

}  // namespace warpscope::store
