// The part of Store that keeps drawings.
#include <algorithm>
#include <utility>

#include "compute/store/impl.h"

namespace warpscope::store {
namespace {

Result<void> keepable(const drawings::Drawing& drawing, const drawings::DigitImage& image) {
  if (!drawing.label) return base::fail("the drawing has no label; say first which digit, 0 to 9, it is");
  const bool has_ink = std::any_of(image.begin(), image.end(), [](std::uint8_t v) { return v > 0; });
  if (drawing.empty() && !has_ink) return base::fail("the drawing is empty; draw a digit first");
  return drawings::validate(drawing);
}

// The strokes as the table keeps them. The label stands in its own column, where relabelling changes it.
std::string strokes_text(drawings::Drawing drawing) {
  drawing.label.reset();
  return drawings::strokes_json(drawing);
}

}  // namespace

Result<std::int64_t> Store::add_drawing(const drawings::Drawing& labelled, const drawings::DigitImage& image) {
  const auto ids = add_drawings({{labelled, image}});
  if (!ids) return tl::unexpected(ids.error());
  return ids->front();
}

Result<std::vector<std::int64_t>> Store::add_drawings(const std::vector<NewDrawing>& labelled) {
  for (const auto& [drawing, image] : labelled) {
    if (const auto fit = keepable(drawing, image); !fit) return tl::unexpected(fit.error());
  }
  const char* const doing = labelled.size() == 1 ? "keep the drawing" : "keep the drawings";
  const Database& database = impl_->database;
  Transaction transaction(database);
  if (!transaction.begun()) return impl_->cannot(doing);
  Statement insert(database, "INSERT INTO drawings (label, strokes, image, created) VALUES (?, ?, ?, ?)");
  const std::string now = utc_now();
  std::vector<std::int64_t> ids;
  for (const auto& [drawing, image] : labelled) {
    insert.reset();
    if (!insert.bind(*drawing.label, strokes_text(drawing), std::span(image), now).run_to_end()) {
      return impl_->cannot(doing);
    }
    ids.push_back(sqlite3_last_insert_rowid(database.get()));
  }
  insert.reset();
  if (!transaction.commit()) return impl_->cannot(doing);
  return ids;
}

Result<void> Store::relabel(std::int64_t id, int label) {
  if (label < 0 || label > 9) return base::fail(fmt::format("{} is not a digit; a label is 0 to 9", label));
  return impl_->change_one("relabel the drawing", fmt::format("drawing {}", id),
                           "UPDATE drawings SET label = ? WHERE id = ?", label, id);
}

Result<void> Store::remove_drawing(std::int64_t id) {
  return impl_->change_one("delete the drawing", fmt::format("drawing {}", id), "DELETE FROM drawings WHERE id = ?",
                           id);
}

Result<void> Store::restore_drawing(const StoredDrawing& removed) {
  if (const auto fit = keepable(removed.drawing, removed.image); !fit) return fit;
  const Database& database = impl_->database;
  Statement insert(database, "INSERT INTO drawings (id, label, strokes, image, created) VALUES (?, ?, ?, ?, ?)");
  insert.bind(removed.id, *removed.drawing.label, strokes_text(removed.drawing), std::span(removed.image),
              removed.created);
  if (insert.run_to_end()) return {};
  if (database.code() == SQLITE_CONSTRAINT) {
    return base::fail(fmt::format("cannot bring drawing {} back: it is in the store already", removed.id),
                      {impl_->file.string()});
  }
  return impl_->cannot("bring the drawing back");
}

Result<std::vector<StoredDrawing>> Store::drawings() const {
  Statement rows(impl_->database, "SELECT id, label, strokes, image, created FROM drawings ORDER BY id");
  std::vector<StoredDrawing> all;
  while (rows.next_row()) {
    StoredDrawing stored;
    stored.id = rows.integer(0);
    if (auto drawing = drawings::parse_strokes_json(rows.text(2), "")) stored.drawing = *std::move(drawing);
    stored.drawing.label = static_cast<int>(rows.integer(1));
    const auto pixels = rows.blob(3);
    std::copy_n(pixels.begin(), std::min(pixels.size(), stored.image.size()), stored.image.begin());
    stored.created = rows.text(4);
    all.push_back(std::move(stored));
  }
  if (!rows.finished()) return impl_->cannot("read the drawings");
  return all;
}

}  // namespace warpscope::store
