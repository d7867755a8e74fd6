#include "compute/session/view_board.h"

namespace warpscope::session {

namespace {
constexpr std::size_t kMessagesKept = 50;
}

Message message_of(Message::Kind kind, std::string text, Message::Action action) {
  return {.id = 0, .kind = kind, .text = std::move(text), .action = action};
}

ViewBoard::ViewBoard(std::filesystem::path data_dir, std::function<void()> wake) : wake_(std::move(wake)) {
  if (!wake_) wake_ = [] {};
  draft_.curves = std::make_shared<CurveView>();
  draft_.gallery = std::make_shared<Gallery>();
  draft_.runs = std::make_shared<RunsView>();
  draft_.data_dir = std::move(data_dir);
  publish_locked();
}

void ViewBoard::say(Message::Kind kind, std::string text, Message::Action action) {
  change_and_say(message_of(kind, std::move(text), action), [](LearnView&) {});
}

void ViewBoard::set_drawings_join(DrawingsJoin join) {
  const std::lock_guard lock(mutex_);
  join_ = join;
}

DrawingsJoin ViewBoard::drawings_join() const {
  const std::lock_guard lock(mutex_);
  return join_;
}

void ViewBoard::add_locked(Message message) {
  message.id = ++last_message_;
  draft_.messages.push_back(std::move(message));
  if (draft_.messages.size() > kMessagesKept) draft_.messages.erase(draft_.messages.begin());
}

void ViewBoard::publish_locked() {
  ++draft_.version;
  newest_.publish(std::make_shared<LearnView>(draft_));
}

}  // namespace warpscope::session
