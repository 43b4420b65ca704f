#include "stages/support/connection_input.h"

#include <utility>

#include "stages/support/text_place.h"

namespace sluice {
namespace {

std::shared_ptr<const LoadedWork> work_named(std::string name, const FramingOptions& options) {
  auto file = std::make_shared<LoadedFile>();
  file->name = std::move(name);
  file->lines = make_ledger(options);
  return std::make_shared<LoadedWork>(LoadedWork{std::move(file), std::nullopt, std::nullopt});
}

}  // namespace

InputOptions uncompressed(const FramingOptions& options) {
  InputOptions input;
  static_cast<FramingOptions&>(input) = options;
  input.compression.chosen = Compression::none;
  return input;
}

ConnectionInput::ConnectionInput(std::unique_ptr<Transport> transport, std::string name,
                                 const FramingOptions& options)
    : transport_(std::move(transport)),
      work_(work_named(std::move(name), options)),
      framer_(options) {}

ConnectionInput::Received ConnectionInput::receive() {
  for (std::span<char> room = framer_.room(); !room.empty(); room = framer_.room()) {
    Result<Transfer> read = transport_->read(room);
    if (!read) {
      error_ = std::move(read).error();
      error_.file = name();
      error_.offset = received_bytes_;
      return Received::lost;
    }
    if (read.value().state == Transfer::State::end) return Received::end;
    if (read.value().state == Transfer::State::must_wait) return Received::some;
    const std::size_t count = read.value().count;
    received_bytes_ += count;
    framer_.add(count);
    // What did not fill the room was all; to ask once more would cost a call for each message.
    if (count < room.size() && !transport_->has_buffered()) return Received::some;
  }
  return Received::full;
}

bool ConnectionInput::hand_out(Batch& batch) {
  const std::uint64_t offset = received_bytes_ - framer_.size();
  return fill(batch, offset, framer_.take_records());
}

bool ConnectionInput::finish(Batch& batch, bool is_end) {
  const std::uint64_t offset = received_bytes_ - framer_.size();
  return fill(batch, offset, is_end ? framer_.take_all() : framer_.take_unbroken());
}

bool ConnectionInput::fill(Batch& batch, std::uint64_t offset, std::span<char> text) {
  if (!text.empty()) {
    set_work(batch, work_, offset, offset, 0);
    if (head_ == nullptr) head_ = framer_.first_record(text);
    batch.input_place()->head = head_;
    batch.set_bytes({text.data(), text.size()}, 0);
  }
  const auto& damage = framer_.damage();
  if (!damage) return true;
  const TextPlace place{name(), offset, false, std::nullopt};
  error_ = place.error(ErrorCode::corrupt_input, damage->what, damage->offset);
  return false;
}

}  // namespace sluice
