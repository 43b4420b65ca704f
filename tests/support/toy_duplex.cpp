// The toy duplex `relay`: both ends of a peer that is a queue.
#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/toy_stages.h"

namespace sluice::toy {
namespace {

struct RelayOptions {
  std::uint64_t room = 3;
  bool late = false;
  bool thread = true;
  std::uint64_t take = 0;
};

/// Gives back what it is given, message by message. Thread-safe.
class Peer {
 public:
  explicit Peer(RelayOptions options) : options_(options) {}

  /// Waits until there is room; false: it takes no more.
  bool put(std::string message) {
    std::unique_lock lock(mutex_);
    // One that answers late reads all first, and one whose sink has no thread may not make it wait.
    const bool is_bounded = options_.thread && !options_.late;
    changed_.wait(lock, [&] { return stopped_ || !is_bounded || queue_.size() < options_.room; });
    if (stopped_) return false;
    queue_.push_back(std::move(message));
    if (++taken_ == options_.take) ended_ = true;
    changed_.notify_all();
    return !ended_;
  }

  void end_input() {
    const std::lock_guard lock(mutex_);
    if (options_.late) sort_all();
    ended_ = true;
    changed_.notify_all();
  }

  /// The next answer; nothing: there will be none.
  std::optional<std::string> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stopped_ || ended_ || (!options_.late && !queue_.empty()); });
    if (stopped_ || queue_.empty()) return std::nullopt;
    std::string message = std::move(queue_.front());
    queue_.pop_front();
    changed_.notify_all();
    return message;
  }

  void stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }

 private:
  void sort_all() {
    std::vector<std::string> records;
    for (const std::string& message : queue_) {
      for (std::size_t at = 0; at < message.size();) {
        const std::size_t end = message.find('\n', at) + 1;
        records.push_back(message.substr(at, end - at));
        at = end;
      }
    }
    std::sort(records.begin(), records.end());
    queue_.assign(records.begin(), records.end());
  }

  RelayOptions options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> queue_;
  std::uint64_t taken_ = 0;
  bool ended_ = false;
  bool stopped_ = false;
};

class RelaySink final : public Sink {
 public:
  RelaySink(std::shared_ptr<Peer> peer, bool has_thread)
      : peer_(std::move(peer)), has_thread_(has_thread) {}
  bool may_block() const override { return has_thread_; }
  Result<Next> write(const Batch& batch) override {
    std::string message;
    batch.for_each_piece([&](std::string_view piece) { message += piece; });
    return peer_->put(std::move(message)) ? Next::again : Next::finished;
  }
  Status end_input() override {
    peer_->end_input();
    return Done{};
  }
  void stop() noexcept override { peer_->stop(); }

 private:
  std::shared_ptr<Peer> peer_;
  bool has_thread_;
};

class RelaySource final : public Source {
 public:
  explicit RelaySource(std::shared_ptr<Peer> peer) : peer_(std::move(peer)) {}
  bool may_block() const override { return true; }
  Result<Next> read(Batch& batch) override {
    const std::optional<std::string> message = peer_->take();
    if (!message) return Next::finished;
    Buffer& buffer = *batch.buffer();
    std::memcpy(buffer.data(), message->data(), message->size());
    buffer.seal(message->size());
    batch.set_bytes({buffer.data(), message->size()},
                    static_cast<std::uint64_t>(std::count(message->begin(), message->end(), '\n')));
    return Next::again;
  }
  void stop() noexcept override { peer_->stop(); }

 private:
  std::shared_ptr<Peer> peer_;
};

}  // namespace

void register_toy_duplex(Registry& registry) {
  registry.add(Declare<RelayOptions>(Role::duplex, "relay", "Gives back what it is given.")
                   .option("room", &RelayOptions::room, "So many messages its peer holds.",
                           between<std::uint64_t>(1, 100))
                   .option("late", &RelayOptions::late, "Answers when its input has ended, sorted.")
                   .option("thread", &RelayOptions::thread, "Write on a thread of its own.")
                   .option("take", &RelayOptions::take, "Ends behind so many messages; 0: never.")
                   .make([](const RelayOptions& options, StageContext&) -> Result<Parts> {
                     constexpr ByteSize longest_message = 64_KiB;
                     const auto peer = std::make_shared<Peer>(options);
                     Parts parts;
                     parts.add(SinkPart{std::make_unique<RelaySink>(peer, options.thread)});
                     parts.add(SourcePart{std::make_unique<RelaySource>(peer), longest_message});
                     return parts;
                   })
                   .done());
}

}  // namespace sluice::toy
