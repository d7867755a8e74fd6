// session/drawing_shelf.h: the person's drawings in memory, which of them are on disk, and how to take the last change
// back. Floor 5. Owned by the keeper's thread. What the store refuses stays here and is written later.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compute/session/channels.h"

namespace warpscope::session {

class DrawingShelf {
 public:
  // The store's drawings, oldest first. Those not yet written stay.
  void load(std::vector<store::StoredDrawing> stored);

  // A labelled drawing that is in memory only until write_unsaved: its id is negative until then.
  void add(const drawings::Drawing& labelled, const drawings::DigitImage& image);
  // Writes what is in memory only. The id the newest got; the first error ends it.
  base::Result<std::int64_t> write_unsaved(store::Store& store);
  int unsaved() const;
  std::int64_t newest_id() const { return items_.empty() ? 0 : items_.back().kept.id; }

  // Of one drawing; `store` may be null while it cannot be had, which is an error only for drawings that are on disk.
  base::Result<void> relabel(store::Store* store, std::int64_t id, int label);
  base::Result<void> remove(store::Store* store, std::int64_t id);
  // Takes back the newest of add, relabel and remove: what was done, for the person. Nothing to take back is an error.
  base::Result<std::string> undo(store::Store* store);

  void set_readings(const std::vector<Reading>& readings);

  std::shared_ptr<const Gallery> gallery() const;
  DrawingPictures pictures() const;               // newest first
  std::vector<store::StoredDrawing> all() const;  // oldest first

 private:
  struct Item {
    store::StoredDrawing kept;
    std::shared_ptr<const drawings::Drawing> drawing;
    bool on_disk = false;
    int read_as = -1;
    float confidence = 0;
  };
  struct Added {
    std::int64_t id = 0;
  };
  struct Relabelled {
    std::int64_t id = 0;
    int label_before = 0;
  };
  struct Removed {
    Item item;
  };
  using Change = std::variant<Added, Relabelled, Removed>;

  base::Result<std::string> take_back(store::Store* store, const Added& added);
  base::Result<std::string> take_back(store::Store* store, const Relabelled& relabelled);
  base::Result<std::string> take_back(store::Store* store, const Removed& removed);

  bool is_obsolete(const Change& change);  // the drawing it is about was deleted later
  std::vector<Item>::iterator find(std::int64_t id);
  base::Result<void> change_label(store::Store* store, std::int64_t id, int label);
  base::Result<Item> take_out(store::Store* store, std::int64_t id);
  void renumber(std::int64_t from, std::int64_t to);

  std::vector<Item> items_;  // oldest first
  std::vector<Change> undo_;
  std::int64_t last_temporary_ = 0;
};

}  // namespace warpscope::session
