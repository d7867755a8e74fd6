// session/view_board.h: where the session's threads put together the one view that the window takes. Floor 5.
// Any thread changes parts of the draft; a change publishes. The mutex is held only while pointers and a few short
// texts are copied, so nobody waits noticeably; the owner's take() takes no lock at all.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "compute/base/newest_value.h"
#include "compute/session/learn_view.h"

namespace warpscope::session {

// Where a newly labelled drawing stands, for the text that tells the person.
enum class DrawingsJoin { kWhenTrainingStarts, kNextBatch, kWhenResumed, kLearnedNow, kNextStep, kAfterRecovery };

class ViewBoard {
 public:
  ViewBoard(std::filesystem::path data_dir, std::function<void()> wake);

  // change(draft): quick, no I/O, no computing.
  template <class Change>
  void change(Change&& change) {
    {
      const std::lock_guard lock(mutex_);
      change(draft_);
      publish_locked();
    }
    wake_();
  }

  // As change(), with a message for the person in the same view.
  template <class Change>
  void change_and_say(Message message, Change&& change) {
    {
      const std::lock_guard lock(mutex_);
      change(draft_);
      add_locked(std::move(message));
      publish_locked();
    }
    wake_();
  }

  void say(Message::Kind kind, std::string text, Message::Action action = Message::Action::kNone);

  // read(draft): copies out a part.
  template <class Read>
  auto read(Read&& read) const {
    const std::lock_guard lock(mutex_);
    return read(draft_);
  }

  void set_drawings_join(DrawingsJoin join);
  DrawingsJoin drawings_join() const;

  // Owner only. Never null.
  const std::shared_ptr<const LearnView>& take() { return newest_.take(); }

 private:
  void add_locked(Message message);
  void publish_locked();

  mutable std::mutex mutex_;
  LearnView draft_;
  std::uint64_t last_message_ = 0;
  DrawingsJoin join_ = DrawingsJoin::kWhenTrainingStarts;
  base::NewestValue<LearnView> newest_;  // its one writer is whoever holds the mutex
  std::function<void()> wake_;
};

// A message as it is put into change_and_say; its id is given when it is shown.
Message message_of(Message::Kind kind, std::string text, Message::Action action = Message::Action::kNone);

}  // namespace warpscope::session
