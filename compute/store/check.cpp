// The part of Store that looks for damage.
#include "compute/store/impl.h"
#include "compute/store/point_blob.h"

namespace warpscope::store {
namespace {

class Examination {
 public:
  explicit Examination(const Database& database) : database_(database) {}

  CheckReport report;

  void file() {
    Statement rows(database_, "PRAGMA integrity_check(20)");
    while (rows.next_row()) {
      if (rows.text(0) != "ok") problem("the file is damaged: " + rows.text(0));
    }
    finish(rows, "look through the file");
  }

  void owners() {
    Statement rows(database_, "PRAGMA foreign_key_check");
    while (rows.next_row()) {
      problem(fmt::format("row {} of {} belongs to a row of {} that is not there", rows.integer(1), rows.text(0),
                          rows.text(2)));
    }
    finish(rows, "check what belongs to what");
  }

  void drawings() {
    Statement rows(database_, "SELECT id, label, strokes, image, created FROM drawings ORDER BY id");
    while (rows.next_row()) {
      ++report.drawings;
      const std::int64_t id = rows.integer(0);
      const std::int64_t label = rows.integer(1);
      if (rows.is_null(1) || label < 0 || label > 9)
        problem(fmt::format("drawing {} has the label {}", id, rows.text(1)));
      if (rows.blob(3).size() != drawings::kImagePixels) {
        problem(fmt::format("drawing {} has a picture of {} bytes instead of {}", id, rows.blob(3).size(),
                            drawings::kImagePixels));
      }
      if (rows.text(4).empty()) problem(fmt::format("drawing {} does not say when it was made", id));
      const auto drawing = drawings::parse_strokes_json(rows.text(2), fmt::format("strokes of drawing {}", id));
      if (!drawing) problem(drawing.error().text());
    }
    finish(rows, "read the drawings");
  }

  void runs() {
    Statement rows(database_, "SELECT count(*) FROM runs");
    while (rows.next_row()) report.runs = rows.integer(0);
    finish(rows, "read the runs");
    Statement lists(database_, "SELECT run, epoch, kind, points FROM curve_points ORDER BY run, epoch, kind");
    while (lists.next_row()) {
      if (lists.blob(3).size() % kPointBytes == 0) continue;
      problem(fmt::format("the {} points of epoch {} of run {} are cut off", lists.text(2), lists.integer(1),
                          lists.integer(0)));
    }
    finish(lists, "read the curves");
  }

 private:
  void problem(std::string sentence) {
    report.sound = false;
    report.problems.push_back(std::move(sentence));
  }
  void finish(const Statement& statement, std::string_view doing) {
    if (!statement.finished()) problem(database_.error(doing).message);
  }

  const Database& database_;
};

}  // namespace

Result<CheckReport> Store::check() const {
  Examination examination(impl_->database);
  examination.file();
  // In a file whose pages are broken, every further question would only find the same damage again.
  if (!examination.report.sound && impl_->database.says_damaged()) return examination.report;
  examination.owners();
  examination.drawings();
  examination.runs();
  return std::move(examination.report);
}

}  // namespace warpscope::store
