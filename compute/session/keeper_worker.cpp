#include "compute/session/keeper_worker.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "compute/base/threads.h"
#include "compute/drawings/prepare.h"

namespace warpscope::session {

namespace {

using Kind = Message::Kind;
using Action = Message::Action;

constexpr std::chrono::minutes kForever{1};

// In the order of DrawingsJoin.
constexpr std::array<std::string_view, 6> kJoins = {
    "It joins when training starts.", "It is in training from the next batch.", "It joins when training resumes.",
    "The network learns it now.",     "It joins with the next step.",           "It joins once training goes on.",
};

std::string_view text_of(DrawingsJoin join) {
  return kJoins[static_cast<std::size_t>(join)];
}

std::string plural(int count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace

void KeeperWorker::run() {
  base::name_this_thread("keeper");
  offer_last_time();
  while (!stopped_) {
    auto command = channels_.keeper.pop_within(kForever);
    if (command) std::visit([this](const auto& c) { take(c); }, *command);
  }
}

base::Result<void> KeeperWorker::open_store() {
  auto opened = store::Store::open(data_dir_);
  if (!opened) return tl::unexpected(opened.error());
  auto drawings = opened->drawings();
  if (!drawings) return tl::unexpected(drawings.error());
  store_.emplace(std::move(*opened));
  shelf_.load(std::move(*drawings));
  if (!store_->notice().empty()) channels_.board.say(Kind::kWarning, store_->notice());
  return {};
}

void KeeperWorker::offer_last_time() {
  StoreOpened offer;
  (void)write_waiting();
  const std::filesystem::path file = data_dir_ / "checkpoint.safetensors";
  std::error_code unreadable;
  if (resume_ && std::filesystem::exists(file, unreadable)) {
    auto checkpoint = training::load_checkpoint(file);
    if (checkpoint) {
      auto run = store_ ? find_run_of(*store_, *checkpoint) : std::nullopt;
      if (run) {
        offer.run = std::move(run->summary);
        offer.curve = std::move(run->curve);
      }
      offer.checkpoint = std::move(*checkpoint);
    } else {
      std::filesystem::path aside = file;
      aside.replace_extension(".damaged.safetensors");
      std::filesystem::rename(file, aside, unreadable);
      channels_.board.say(Kind::kWarning,
                          fmt::format("The network of last time cannot be read and was set aside as {}: {}",
                                      aside.filename().string(), checkpoint.error().text()));
    }
  }
  drawings_changed(Learning::kNothingNew, std::nullopt);
  publish_runs();
  channels_.trainer.push(std::move(offer));
}

base::Result<void> KeeperWorker::try_writing() {
  if (!store_) {
    if (auto opened = open_store(); !opened) return opened;
  }
  if (const auto written = shelf_.write_unsaved(*store_); !written) return tl::unexpected(written.error());
  if (auto written = ledger_.write_waiting(*store_); !written) return written;
  return ledger_.write_checkpoints();
}

base::Result<void> KeeperWorker::write_waiting() {
  auto written = try_writing();
  const bool worked = works_;
  works_ = written.has_value();
  const std::int64_t run = ledger_.present_run();
  const auto update = [&](LearnView& view) {
    view.store_ok = works_;
    view.training.run_id = run;
  };
  if (worked && !works_) {
    channels_.board.change_and_say(
        message_of(Kind::kError,
                   fmt::format("Nothing can be saved: {} Drawings and runs stay in memory until it works again.",
                               written.error().text()),
                   Action::kRetryStore),
        update);
  } else if (!worked && works_) {
    channels_.board.change_and_say(message_of(Kind::kGood, "Saving works again. Everything that waited is on disk."),
                                   update);
  } else {
    channels_.board.change(update);
  }
  return written;
}

void KeeperWorker::drawings_changed(Learning learning, std::optional<Message> message) {
  auto gallery = shelf_.gallery();
  auto pictures = shelf_.pictures();
  channels_.reader.push(PicturesChanged{pictures});
  channels_.trainer.push(ReplayChanged{std::move(pictures), learning == Learning::kSomethingNew});
  const auto update = [&](LearnView& view) { view.gallery = std::move(gallery); };
  if (message) {
    channels_.board.change_and_say(std::move(*message), update);
  } else {
    channels_.board.change(update);
  }
}

void KeeperWorker::say_refused(const base::Error& error) {
  channels_.board.say(Kind::kError, error.text(), store_ ? Action::kNone : Action::kRetryStore);
}

void KeeperWorker::report(const base::Result<void>& done, std::string good) {
  if (done) {
    channels_.board.say(Kind::kGood, std::move(good));
  } else {
    channels_.board.say(Kind::kError, done.error().text());
  }
}

// ---- drawings

void KeeperWorker::take(const LabelDrawing& command) {
  if (command.drawing.empty()) {
    channels_.board.say(Kind::kWarning, "The pad is empty: draw a digit first, then say what it is.");
    return;
  }
  if (command.label < 0 || command.label > 9) {
    channels_.board.say(Kind::kWarning, fmt::format("{} is not a digit: labels are 0 to 9.", command.label));
    return;
  }
  drawings::Drawing labelled = command.drawing;
  labelled.label = command.label;
  const drawings::DigitImage image = drawings::prepare(labelled);
  shelf_.add(labelled, image);
  const auto written = write_waiting();
  const std::int64_t id = shelf_.newest_id();
  const std::string_view join = text_of(channels_.board.drawings_join());
  Message message = written
                        ? message_of(Kind::kGood, fmt::format("Drawing {} saved as {}. {}", id, command.label, join),
                                     Action::kUndoLabel)
                        : message_of(Kind::kWarning,
                                     fmt::format("The {} is kept in memory only ({} not on disk yet). {}",
                                                 command.label, plural(shelf_.unsaved(), "drawing"), join),
                                     Action::kRetryStore);
  drawings_changed(Learning::kSomethingNew, std::move(message));
}

void KeeperWorker::take(const RelabelDrawing& command) {
  if (command.label < 0 || command.label > 9) {
    channels_.board.say(Kind::kWarning, fmt::format("{} is not a digit: labels are 0 to 9.", command.label));
    return;
  }
  if (const auto changed = shelf_.relabel(store(), command.id, command.label); !changed) {
    say_refused(changed.error());
    return;
  }
  drawings_changed(
      Learning::kSomethingNew,
      message_of(Kind::kGood, fmt::format("Drawing {} is a {} now.", command.id, command.label), Action::kUndoLabel));
}

void KeeperWorker::take(const DeleteDrawing& command) {
  if (const auto removed = shelf_.remove(store(), command.id); !removed) {
    say_refused(removed.error());
    return;
  }
  drawings_changed(Learning::kNothingNew,
                   message_of(Kind::kGood, fmt::format("Drawing {} deleted.", command.id), Action::kUndoLabel));
}

void KeeperWorker::take(const UndoGallery&) {
  auto undone = shelf_.undo(store());
  if (!undone) {
    say_refused(undone.error());
    return;
  }
  // What came back may have been in memory only.
  (void)write_waiting();
  drawings_changed(Learning::kNothingNew, message_of(Kind::kGood, std::move(*undone)));
}

void KeeperWorker::take(const ExportDrawings& command) {
  const auto exported = store::export_drawings(shelf_.all(), command.folder);
  if (!exported) {
    say_refused(exported.error());
    return;
  }
  channels_.board.say(Kind::kGood,
                      fmt::format("{} exported to {}.", plural(*exported, "drawing"), command.folder.string()));
}

void KeeperWorker::take(const ImportDrawings& command) {
  if (const auto ready = write_waiting(); !ready) {
    channels_.board.say(Kind::kError, fmt::format("Nothing was imported: {}", ready.error().text()),
                        Action::kRetryStore);
    return;
  }
  const auto imported = store::import_drawings(*store_, command.folder);
  auto drawings = store_->drawings();
  if (!imported || !drawings) {
    say_refused(imported ? drawings.error() : imported.error());
    return;
  }
  shelf_.load(std::move(*drawings));
  std::string text = fmt::format("{} imported.", plural(imported->imported, "drawing"));
  if (!imported->skipped.empty()) {
    text += fmt::format(" {} skipped; the first: {}", plural(static_cast<int>(imported->skipped.size()), "file"),
                        imported->skipped.front());
  }
  const Kind kind = imported->skipped.empty() ? Kind::kGood : Kind::kWarning;
  drawings_changed(imported->imported > 0 ? Learning::kSomethingNew : Learning::kNothingNew,
                   message_of(kind, std::move(text)));
}

void KeeperWorker::take(const ReadingsMade& command) {
  shelf_.set_readings(command.readings);
  auto gallery = shelf_.gallery();
  channels_.board.change([&](LearnView& view) { view.gallery = std::move(gallery); });
}

void KeeperWorker::take(const RetryStore&) {
  const bool worked = works_;
  auto written = write_waiting();
  if (!written && store_) {
    // The file may have been opened while the folder was read-only: begin afresh.
    store_.reset();
    written = write_waiting();
  }
  if (!written) {
    channels_.board.say(Kind::kError, fmt::format("Still not saved: {}", written.error().text()), Action::kRetryStore);
    return;
  }
  if (!worked) {
    drawings_changed(Learning::kNothingNew, std::nullopt);
    publish_runs();
  }
}

}  // namespace warpscope::session
