#include "engine/run/source_node.h"

#include <algorithm>
#include <utility>

#include "engine/run/guard.h"

namespace sluice {

SourceNode::SourceNode(const RunServices& services, PartSeat seat, Source& source, bool has_loader,
                       std::uint32_t number, Gate& gate, SinkNode* input)
    : Node(services, seat.stage),
      seat_(std::move(seat)),
      source_(source),
      has_loader_(has_loader),
      number_(number),
      gate_(gate),
      input_(input),
      thread_(services.graph, [this](BatchPtr batch) { take_turn(std::move(batch)); }) {}

void SourceNode::start() {
  services_.state.begin();
  if (!source_.may_block()) return;
  no_token_since_ns_.store(services_.clock.steady_ns());
  seat_.meter->has_thread.store(true);
  thread_.start();
}

bool SourceNode::over() const noexcept {
  // A duplex that is asked to end has no more input soon, and answers to the end of that.
  const RunState& state = services_.state;
  const bool ends_itself = input_ != nullptr || source_.ends_itself();
  const bool told_to_end = ends_itself ? state.stopped() : state.draining();
  return finished_.load() || told_to_end || closed() || released();
}

bool SourceNode::more() {
  enter();
  const bool more = !over();
  leave();
  return more;
}

void SourceNode::leave() {
  if (steps_.fetch_sub(1) == 1 && over()) end();
}

void SourceNode::on_batch(BatchPtr /*batch*/, std::uint16_t /*port*/) {}

void SourceNode::on_token() {
  enter();
  if (over()) {
    gate_.give_back();
    leave();
    return;
  }
  if (park_token()) {
    leave();
    return;
  }
  BatchPtr batch = services_.state.batches().make();
  batch->set_buffer(gate_.take());
  batch->set_origin({number_, 0, 0, 0});
  thread_.hand(std::move(batch));
}

void SourceNode::take_turn(BatchPtr batch) {
  const bool has_thread = seat_.meter->has_thread.load();
  if (has_thread) {
    const std::int64_t since = no_token_since_ns_.exchange(0);
    if (!paused()) no_token_ns_.fetch_add(services_.clock.steady_ns() - since);
  }
  read(std::move(batch));
  if (has_thread) no_token_since_ns_.store(services_.clock.steady_ns());
  leave();
}

void SourceNode::read(BatchPtr batch) {
  // Of a pause, the token goes home with its buffer, and comes again to be parked.
  if (over() || paused()) return;
  Result<Next> next = Next::input;
  {
    const BusyTimer timer(*seat_.meter, services_.clock);
    next = guarded([&] { return source_.read(*batch); });
  }
  if (!next) {
    fail(seat_, std::move(next).error());
    return;
  }
  if (next.value() == Next::finished) finished_.store(true);
  if (next.value() != Next::again) return;
  batch->set_read_time(Timestamp::of(services_.clock.now()));
  if (!has_loader_) seat_.meter->count_out(*batch);
  send(std::move(batch));
}

void SourceNode::send(BatchPtr batch) {
  ReceiptPtr receipt = commits_.issue();
  batch->set_key({receipt->sequence(), 0, true});
  batch->add_receipt(std::move(receipt));
  emit(std::move(batch));
}

void SourceNode::on_closed() { stop(); }

void SourceNode::on_released() { stop(); }

void SourceNode::interrupt() noexcept {
  source_.stop();
  resume();
}

bool SourceNode::pause() noexcept {
  if (ended()) return false;
  std::int64_t running = 0;
  // A clock that starts at 0 would say that nothing is paused.
  const std::int64_t now = std::max<std::int64_t>(services_.clock.steady_ns(), 1);
  if (!paused_since_ns_.compare_exchange_strong(running, now)) return false;
  if (!services_.state.draining()) return true;
  // Whoever asked the run to end may have looked before.
  resume();
  return false;
}

bool SourceNode::resume() noexcept {
  const std::int64_t since = paused_since_ns_.exchange(0);
  if (since != 0) {
    const std::int64_t now = services_.clock.steady_ns();
    paused_ns_.fetch_add(now - since);
    // Until now it was paused, and is said to have been.
    if (no_token_since_ns_.load() != 0) no_token_since_ns_.store(now);
  }
  release_parked();
  return since != 0;
}

std::int64_t SourceNode::paused_ns() const noexcept {
  const std::int64_t since = paused_since_ns_.load();
  return paused_ns_.load() + (since == 0 ? 0 : services_.clock.steady_ns() - since);
}

std::int64_t SourceNode::blocked_ns() const noexcept {
  // A thread is handed tokens before it has a use for them, so the gate knows less than it does.
  if (!seat_.meter->has_thread.load()) return gate_.blocked_ns();
  const std::int64_t since = no_token_since_ns_.load();
  const bool waits = since != 0 && !paused() && !ended();
  return no_token_ns_.load() + (waits ? services_.clock.steady_ns() - since : 0);
}

bool SourceNode::park_token() noexcept {
  if (!paused()) return false;
  parked_.fetch_add(1);
  // A resume() that did not see it, also that of an end.
  if (!paused() || over()) release_parked();
  return true;
}

void SourceNode::release_parked() noexcept {
  for (std::size_t left = parked_.exchange(0); left > 0; --left) gate_.give_back();
}

void SourceNode::stop() {
  interrupt();
  if (input_ != nullptr) input_->give_up_input();
}

void SourceNode::end() {
  if (ended_.exchange(true, std::memory_order_acq_rel)) return;
  // In sequence behind all data, and without a buffer: it needs no token.
  BatchPtr last = services_.state.batches().make();
  last->set_origin({number_, 0, 0, 0});
  last->set_end_of_stream();
  send(std::move(last));
  services_.state.end();
}

}  // namespace sluice
