#include "compute/session/drawing_shelf.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>

namespace warpscope::session {

namespace {

constexpr std::size_t kUndoSteps = 200;

std::string now_utc() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(static_cast<std::time_t>(milliseconds / 1000)),
                     milliseconds % 1000);
}

tl::unexpected<base::Error> no_such(std::int64_t id) {
  return base::fail(fmt::format("There is no drawing {} any more.", id));
}

tl::unexpected<base::Error> not_reachable() {
  return base::fail("The store of drawings cannot be reached, so what is in it cannot be changed. Retry once it can.");
}

int label_of(const store::StoredDrawing& drawing) {
  return drawing.drawing.label.value_or(0);
}

}  // namespace

void DrawingShelf::load(std::vector<store::StoredDrawing> stored) {
  std::map<std::int64_t, Item> before;
  std::vector<Item> unsaved;
  for (Item& item : items_) {
    if (item.on_disk) {
      before.emplace(item.kept.id, std::move(item));
    } else {
      unsaved.push_back(std::move(item));
    }
  }
  items_.clear();
  for (store::StoredDrawing& drawing : stored) {
    Item item{.kept = std::move(drawing), .drawing = nullptr, .on_disk = true};
    item.drawing = std::make_shared<const drawings::Drawing>(item.kept.drawing);
    if (const auto known = before.find(item.kept.id); known != before.end()) {
      item.read_as = known->second.read_as;
      item.confidence = known->second.confidence;
    }
    items_.push_back(std::move(item));
  }
  std::move(unsaved.begin(), unsaved.end(), std::back_inserter(items_));
}

void DrawingShelf::add(const drawings::Drawing& labelled, const drawings::DigitImage& image) {
  Item item;
  item.kept = {.id = --last_temporary_, .drawing = labelled, .image = image, .created = now_utc()};
  item.drawing = std::make_shared<const drawings::Drawing>(labelled);
  undo_.emplace_back(Added{item.kept.id});
  if (undo_.size() > kUndoSteps) undo_.erase(undo_.begin());
  items_.push_back(std::move(item));
}

base::Result<std::int64_t> DrawingShelf::write_unsaved(store::Store& store) {
  std::int64_t newest = 0;
  for (Item& item : items_) {
    if (item.on_disk) continue;
    const auto id = store.add_drawing(item.kept.drawing, item.kept.image);
    if (!id) return tl::unexpected(id.error());
    renumber(item.kept.id, *id);
    item.kept.id = *id;
    item.on_disk = true;
    newest = *id;
  }
  return newest;
}

int DrawingShelf::unsaved() const {
  return static_cast<int>(std::count_if(items_.begin(), items_.end(), [](const Item& item) { return !item.on_disk; }));
}

base::Result<void> DrawingShelf::relabel(store::Store* store, std::int64_t id, int label) {
  const auto item = find(id);
  if (item == items_.end()) return no_such(id);
  const int before = label_of(item->kept);
  if (before == label) return {};
  auto changed = change_label(store, id, label);
  if (changed) undo_.emplace_back(Relabelled{id, before});
  return changed;
}

base::Result<void> DrawingShelf::remove(store::Store* store, std::int64_t id) {
  auto removed = take_out(store, id);
  if (!removed) return tl::unexpected(removed.error());
  undo_.emplace_back(Removed{std::move(*removed)});
  return {};
}

base::Result<std::string> DrawingShelf::undo(store::Store* store) {
  while (!undo_.empty() && is_obsolete(undo_.back())) undo_.pop_back();
  if (undo_.empty()) return base::fail("There is nothing to take back in the gallery.");
  auto done = std::visit([&](const auto& change) { return take_back(store, change); }, undo_.back());
  if (done) undo_.pop_back();
  return done;
}

bool DrawingShelf::is_obsolete(const Change& change) {
  if (const auto* added = std::get_if<Added>(&change)) return find(added->id) == items_.end();
  if (const auto* relabelled = std::get_if<Relabelled>(&change)) return find(relabelled->id) == items_.end();
  return false;
}

base::Result<std::string> DrawingShelf::take_back(store::Store* store, const Added& added) {
  const std::int64_t id = added.id;
  return take_out(store, id).map([&](const Item& item) {
    return fmt::format("Taken back: the drawing labelled {} is gone.", label_of(item.kept));
  });
}

base::Result<std::string> DrawingShelf::take_back(store::Store* store, const Relabelled& relabelled) {
  return change_label(store, relabelled.id, relabelled.label_before).map([&] {
    return fmt::format("Taken back: drawing {} is a {} again.", relabelled.id, relabelled.label_before);
  });
}

base::Result<std::string> DrawingShelf::take_back(store::Store* store, const Removed& removed) {
  const Item& item = removed.item;
  if (item.on_disk) {
    if (store == nullptr) return not_reachable();
    if (auto restored = store->restore_drawing(item.kept); !restored) return tl::unexpected(restored.error());
  }
  // Temporary ids are negative and go down, so age is the order of ids on either side of zero.
  const auto older = [](const Item& a, const Item& b) {
    if (a.on_disk != b.on_disk) return a.on_disk;
    return a.on_disk ? a.kept.id < b.kept.id : a.kept.id > b.kept.id;
  };
  items_.insert(std::lower_bound(items_.begin(), items_.end(), item, older), item);
  return fmt::format("Taken back: the deleted {} is here again.", label_of(item.kept));
}

std::vector<DrawingShelf::Item>::iterator DrawingShelf::find(std::int64_t id) {
  return std::find_if(items_.begin(), items_.end(), [&](const Item& item) { return item.kept.id == id; });
}

base::Result<void> DrawingShelf::change_label(store::Store* store, std::int64_t id, int label) {
  const auto item = find(id);
  if (item == items_.end()) return no_such(id);
  if (item->on_disk) {
    if (store == nullptr) return not_reachable();
    if (auto changed = store->relabel(id, label); !changed) return changed;
  }
  item->kept.drawing.label = label;
  item->drawing = std::make_shared<const drawings::Drawing>(item->kept.drawing);
  return {};
}

base::Result<DrawingShelf::Item> DrawingShelf::take_out(store::Store* store, std::int64_t id) {
  const auto item = find(id);
  if (item == items_.end()) return no_such(id);
  if (item->on_disk) {
    if (store == nullptr) return not_reachable();
    if (auto removed = store->remove_drawing(id); !removed) return tl::unexpected(removed.error());
  }
  Item taken = std::move(*item);
  items_.erase(item);
  return taken;
}

void DrawingShelf::renumber(std::int64_t from, std::int64_t to) {
  for (Change& change : undo_) {
    if (auto* added = std::get_if<Added>(&change); added != nullptr && added->id == from) added->id = to;
    if (auto* relabelled = std::get_if<Relabelled>(&change); relabelled != nullptr && relabelled->id == from) {
      relabelled->id = to;
    }
  }
}

void DrawingShelf::set_readings(const std::vector<Reading>& readings) {
  for (const Reading& reading : readings) {
    if (const auto item = find(reading.id); item != items_.end()) {
      item->read_as = reading.digit;
      item->confidence = reading.confidence;
    }
  }
}

std::shared_ptr<const Gallery> DrawingShelf::gallery() const {
  auto gallery = std::make_shared<Gallery>();
  gallery->items.reserve(items_.size());
  for (auto item = items_.rbegin(); item != items_.rend(); ++item) {
    gallery->items.push_back({.id = item->kept.id,
                              .label = label_of(item->kept),
                              .read_as = item->read_as,
                              .confidence = item->confidence,
                              .image = item->kept.image,
                              .drawing = item->drawing,
                              .created = item->kept.created});
  }
  return gallery;
}

DrawingPictures DrawingShelf::pictures() const {
  auto pictures = std::make_shared<std::vector<DrawingPicture>>();
  pictures->reserve(items_.size());
  for (auto item = items_.rbegin(); item != items_.rend(); ++item) {
    pictures->push_back({.id = item->kept.id, .label = label_of(item->kept), .image = item->kept.image});
  }
  return pictures;
}

std::vector<store::StoredDrawing> DrawingShelf::all() const {
  std::vector<store::StoredDrawing> drawings;
  drawings.reserve(items_.size());
  for (const Item& item : items_) drawings.push_back(item.kept);
  return drawings;
}

}  // namespace warpscope::session
