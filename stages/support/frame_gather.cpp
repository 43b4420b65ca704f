#include "stages/support/frame_gather.h"

#include "engine/data/scan.h"

namespace sluice {
namespace {

void seal(Batch& out) {
  out.buffer()->seal(out.bytes().size());
  out.set_stream(true);
}

/// The last piece of a file.
void end(Batch& out) {
  if (!out.bytes().ends_with('\n')) {
    out.set_bytes(out.bytes(), out.record_count() + 1);  // the last record ends here, too
  }
  seal(out);
}

}  // namespace

Result<Gather::Step> FrameGather::gather(const Batch& in, std::uint64_t position, Batch& out) {
  if (in.begins_file() && position == 0) {
    if (!out.bytes().empty()) {
      end(out);
      return Step{position, true};
    }
    out.set_begins_file(true);
    joiner_ = {};
  }
  fill_ = out.bytes().size();
  std::uint64_t seen = 0;
  Step step{position, false};
  in.for_each_piece([&](std::string_view piece) {
    const std::uint64_t start = seen;
    seen += piece.size();
    if (seen <= step.position || room() == 0) return;
    if (start == step.position && joiner_.is_line_open(in)) take("\n", out);
    step.position += take(piece.substr(step.position - start), out);
  });
  count(out);
  step.full = room() == 0;
  if (step.full) seal(out);
  return step;
}

Result<bool> FrameGather::finish(Batch& out) {
  if (out.bytes().empty()) return false;
  end(out);
  return true;
}

/// Answers how much of `text` it took.
std::size_t FrameGather::take(std::string_view text, Batch& out) {
  text = text.substr(0, room());
  if (text.empty()) return 0;
  text.copy(out.buffer()->data() + fill_, text.size());
  fill_ += text.size();
  joiner_.wrote(text);
  return text.size();
}

/// Makes what was taken the content of `out`.
void FrameGather::count(Batch& out) const {
  const std::size_t before = out.bytes().size();
  const std::string_view all(out.buffer()->data(), fill_);
  out.set_bytes(all, out.record_count() + count_newlines(all.substr(before)));
}

}  // namespace sluice
