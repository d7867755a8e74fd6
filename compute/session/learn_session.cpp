#include "compute/session/learn_session.h"

#include <thread>

#include "compute/session/channels.h"
#include "compute/session/keeper_worker.h"
#include "compute/session/microscope_worker.h"
#include "compute/session/reader_worker.h"
#include "compute/session/trainer_worker.h"

namespace warpscope::session {

namespace {

template <class Alternative, class Variant>
struct IsAlternative;
template <class Alternative, class... All>
struct IsAlternative<Alternative, std::variant<All...>>
    : std::bool_constant<(std::is_same_v<Alternative, All> || ...)> {};

}  // namespace

struct LearnSession::Impl {
  Impl(const LearnOptions& options, std::function<void()> wake)
      : channels(options.data_dir, std::move(wake)),
        trainer(options, channels),
        reader(channels),
        keeper(channels, options.data_dir, options.resume),
        microscope(channels, options.data_dir),
        keeper_thread([this] { keeper.run(); }),
        reader_thread([this] { reader.run(); }),
        microscope_thread([this] { microscope.run(); }),
        trainer_thread([this] { trainer.run(); }) {}

  ~Impl() {
    channels.stopping = true;
    channels.trainer.push(Stop{});
    channels.reader.push(Stop{});
    trainer_thread.join();
    channels.microscope.push(Stop{});  // the trainer told it to end what it does
    microscope_thread.join();
    reader_thread.join();
    // Last, because the others hand it what is to be kept.
    channels.keeper.push(Stop{});
    keeper_thread.join();
  }

  Channels channels;
  TrainerWorker trainer;
  ReaderWorker reader;
  KeeperWorker keeper;
  MicroscopeWorker microscope;
  std::thread keeper_thread, reader_thread, microscope_thread, trainer_thread;
};

LearnSession::LearnSession(LearnOptions options, std::function<void()> wake)
    : impl_(std::make_unique<Impl>(options, std::move(wake))) {}

LearnSession::~LearnSession() = default;

void LearnSession::send(LearnCommand command) {
  Channels& channels = impl_->channels;
  std::visit(
      [&](auto& c) {
        using C = std::decay_t<decltype(c)>;
        if constexpr (IsAlternative<C, TrainerCommand>::value) {
          channels.trainer.push(std::move(c));
        } else if constexpr (IsAlternative<C, ReaderCommand>::value) {
          channels.reader.push(std::move(c));
        } else if constexpr (IsAlternative<C, KeeperCommand>::value) {
          channels.keeper.push(std::move(c));
        } else if constexpr (IsAlternative<C, MicroscopeCommand>::value) {
          channels.microscope.push(std::move(c));
        }
      },
      command);
}

const std::shared_ptr<const LearnView>& LearnSession::view() {
  return impl_->channels.board.take();
}

}  // namespace warpscope::session
