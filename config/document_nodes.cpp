// Built on the parser's event stream, not on its documents: those resolve aliases by copying, with
// no bound on the copies.
#include "config/document_nodes.h"

#include <libfyaml.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <unordered_map>
#include <utility>

#include "config/document.h"
#include "config/single_quoted.h"
#include "config/source_text.h"
#include "config/syntax_hint.h"
#include "engine/base/utf8.h"

namespace sluice {
namespace {

struct FyDeleter {
  void operator()(fy_diag* diag) const noexcept { fy_diag_destroy(diag); }
  void operator()(fy_parser* parser) const noexcept { fy_parser_destroy(parser); }
  void operator()(fy_token_iter* iterator) const noexcept { fy_token_iter_destroy(iterator); }
};

/// The content of a scalar. Read piece by piece: fy_token_get_text() of libfyaml 0.7.12 leaks on
/// scalars of many pieces (long blocks, many escapes). Not for single quotes: there the pieces of
/// two quotes in a row have one too many. `parts` gets where its pieces stand in `text`.
std::string content_of(fy_token* scalar, std::string_view text, std::vector<WrittenPart>& parts) {
  std::string content;
  const std::unique_ptr<fy_token_iter, FyDeleter> iterator(fy_token_iter_create(scalar));
  const fy_iter_chunk* piece = nullptr;
  while (iterator &&
         (piece = fy_token_iter_chunk_next(iterator.get(), piece, nullptr)) != nullptr) {
    const std::less_equal<> not_behind;
    const bool is_written =
        not_behind(text.data(), piece->str) && not_behind(piece->str, text.data() + text.size());
    if (is_written) {
      parts.push_back({content.size(), static_cast<std::size_t>(piece->str - text.data())});
    }
    content.append(piece->str, piece->len);
  }
  return content;
}

class NodeReader {
 public:
  NodeReader(std::string_view text, Diagnostics& diagnostics)
      : text_(text), diagnostics_(diagnostics) {}

  /// False after a mistake that leaves no tree.
  bool read();
  std::vector<DocumentNode> take_nodes() noexcept { return std::move(nodes_); }

 private:
  bool create_parser();
  bool accept(fy_event& event);
  bool begin_document(fy_event& event);
  bool add_scalar(fy_event& event);
  bool add_alias(fy_event& event);
  bool open(fy_event& event, DocumentNode::Kind kind, fy_token* tag);
  void close();
  /// Counts `node` with what it stands for; false if a bound is exceeded.
  bool fits(const DocumentNode& node);
  /// Adds `node` below the innermost open one; false if a bound is exceeded.
  bool add(DocumentNode node, fy_token* anchor);
  void apply_tag(fy_token* tag, DocumentNode& node);
  void report_syntax();
  Mark mark_of(const fy_mark* start, const fy_mark* end) const;
  Mark scalar_mark(fy_token* token) const;
  Mark mark_of_nothing();
  /// As written, without its quotes.
  std::string_view source_of(fy_token* scalar) const {
    const std::size_t start = fy_token_start_mark(scalar)->input_pos;
    return text_.substr(start, fy_token_end_mark(scalar)->input_pos - start);
  }

  std::string_view text_;
  Diagnostics& diagnostics_;
  std::string parser_output_;  ///< What the parser says without a place.
  std::unique_ptr<fy_diag, FyDeleter> parser_diag_;
  std::unique_ptr<fy_parser, FyDeleter> parser_;
  std::vector<DocumentNode> nodes_;
  std::vector<std::size_t>
      open_;  ///< Indexes of the lists and maps not closed yet, outermost first.
  std::unordered_map<std::string, std::size_t> anchors_;  ///< The latest node of each name.
  std::size_t alias_count_ = 0;
  std::size_t expanded_count_ = 0;
  std::size_t expanded_bytes_ = 0;
  fy_mark last_end_{};  ///< Where the last token ended.
  bool document_seen_ = false;
};

bool NodeReader::create_parser() {
  fy_diag_cfg diag_config{};
  fy_diag_cfg_default(&diag_config);
  diag_config.fp = nullptr;  // Nothing reaches stderr: what has no place comes here instead.
  diag_config.user = this;
  diag_config.output_fn = [](fy_diag*, void* self, const char* data, std::size_t size) {
    static_cast<NodeReader*>(self)->parser_output_.append(data, size);
  };
  diag_config.level = FYET_ERROR;
  parser_diag_.reset(fy_diag_create(&diag_config));
  if (!parser_diag_) return false;
  fy_diag_set_collect_errors(parser_diag_.get(), true);
  fy_parse_cfg config{};
  config.flags = static_cast<fy_parse_cfg_flags>(FYPCF_QUIET | FYPCF_COLLECT_DIAG);
  config.diag = parser_diag_.get();
  parser_.reset(fy_parser_create(&config));
  return parser_ && fy_parser_set_string(parser_.get(), text_.data(), text_.size()) == 0;
}

bool NodeReader::read() {
  if (!create_parser()) {
    diagnostics_.add("yaml.syntax", {1, 1, 1}, "cannot start the YAML parser");
    return false;
  }
  const auto release = [this](fy_event* event) { fy_parser_event_free(parser_.get(), event); };
  for (;;) {
    const std::unique_ptr<fy_event, decltype(release)> event(fy_parser_parse(parser_.get()),
                                                             release);
    if (!event) {
      report_syntax();
      return false;
    }
    const bool second_document = event->type == FYET_DOCUMENT_START && document_seen_;
    if (!accept(*event)) return false;
    if (second_document || event->type == FYET_STREAM_END) return true;
  }
}

bool NodeReader::accept(fy_event& event) {
  switch (event.type) {
    case FYET_DOCUMENT_START:
      return begin_document(event);
    case FYET_SCALAR:
      return add_scalar(event);
    case FYET_ALIAS:
      return add_alias(event);
    case FYET_SEQUENCE_START:
      return open(event, DocumentNode::Kind::list, event.sequence_start.tag);
    case FYET_MAPPING_START:
      return open(event, DocumentNode::Kind::map, event.mapping_start.tag);
    case FYET_SEQUENCE_END:
    case FYET_MAPPING_END:
      close();
      return true;
    default:
      return true;
  }
}

/// Reading stops at a second document, with the first one whole.
bool NodeReader::begin_document(fy_event& event) {
  const fy_mark* start = fy_event_start_mark(&event);
  if (document_seen_) {
    diagnostics_.add("yaml.documents", mark_of(start, fy_event_end_mark(&event)),
                     "a config is one YAML document, and a second one begins here",
                     "remove the '---' or use another file");
  }
  if (start != nullptr) last_end_ = *fy_event_end_mark(&event);
  document_seen_ = true;
  return true;
}

bool NodeReader::add_scalar(fy_event& event) {
  const auto& scalar = event.scalar;
  DocumentNode node;
  if (scalar.value != nullptr) {
    const fy_scalar_style style = fy_scalar_token_get_style(scalar.value);
    node.quoted = style != FYSS_PLAIN;
    std::vector<WrittenPart> parts;
    if (style == FYSS_SINGLE_QUOTED) {
      node.text = single_quoted_content(source_of(scalar.value), parts);
      for (WrittenPart& part : parts) part.source += fy_token_start_mark(scalar.value)->input_pos;
    } else {
      node.text = content_of(scalar.value, text_, parts);
    }
    if (!node.quoted) node.ended_by = end_sign(text_, fy_token_end_mark(scalar.value)->input_pos);
    node.mark = scalar_mark(scalar.value);
    const std::size_t quotes = node.quoted ? 2 : 0;
    if (utf8_count(node.text) + quotes != node.mark.length) {
      const fy_mark& start = *fy_token_start_mark(scalar.value);
      node.parts = places_of(parts, text_, start.input_pos,
                             {static_cast<std::uint32_t>(start.line) + 1,
                              static_cast<std::uint32_t>(start.column) + 1, 1});
    }
    last_end_ = *fy_token_end_mark(scalar.value);
  } else {
    node.mark = mark_of_nothing();
  }
  const bool says_null = node.text.empty() || node.text == "~" || node.text == "null" ||
                         node.text == "Null" || node.text == "NULL";
  node.kind = !node.quoted && says_null ? DocumentNode::Kind::null : DocumentNode::Kind::scalar;
  apply_tag(scalar.tag, node);
  if (node.kind == DocumentNode::Kind::null) node.text.clear();
  node.bytes = node.text.size();
  return add(std::move(node), scalar.anchor);
}

bool NodeReader::add_alias(fy_event& event) {
  fy_token* token = event.alias.anchor;
  DocumentNode node;
  node.mark = mark_of(fy_token_start_mark(token), fy_token_end_mark(token));
  node.mark.column -= 1;  // The parser counts the name; the star before it is part of the alias.
  node.mark.length += 1;
  last_end_ = *fy_token_end_mark(token);
  if (++alias_count_ > DocumentLimits::aliases) {
    diagnostics_.add("yaml.aliases", node.mark,
                     "more than " + std::to_string(DocumentLimits::aliases) + " aliases");
    return false;
  }
  std::size_t size = 0;
  const char* text = fy_token_get_text(token, &size);
  const std::string name(text, text != nullptr ? size : 0);
  const auto anchor = anchors_.find(name);
  if (anchor == anchors_.end()) {
    diagnostics_.add("yaml.alias", node.mark, "no anchor '&" + name + "' above this alias",
                     "a value that begins with '*' needs quotes");
    return add(std::move(node), nullptr);
  }
  if (std::find(open_.begin(), open_.end(), anchor->second) != open_.end()) {
    diagnostics_.add("yaml.cycle", node.mark, "alias '*" + name + "' is inside its own anchor");
    return add(std::move(node), nullptr);
  }
  node.kind = DocumentNode::Kind::alias;
  node.target = anchor->second;
  node.expanded = nodes_[node.target].expanded;
  node.bytes = nodes_[node.target].bytes;
  node.height = nodes_[node.target].height;
  return add(std::move(node), nullptr);
}

bool NodeReader::open(fy_event& event, DocumentNode::Kind kind, fy_token* tag) {
  DocumentNode node;
  node.kind = kind;
  node.mark = mark_of(fy_event_start_mark(&event), fy_event_end_mark(&event));
  node.height = 1;
  last_end_ = *fy_event_end_mark(&event);
  apply_tag(tag, node);
  const std::size_t index = nodes_.size();
  if (!add(std::move(node), fy_event_get_anchor_token(&event))) return false;
  open_.push_back(index);
  return true;
}

void NodeReader::close() {
  const std::size_t index = open_.back();
  open_.pop_back();
  nodes_[index].end = nodes_.size();
  if (open_.empty()) return;
  DocumentNode& parent = nodes_[open_.back()];
  parent.expanded += nodes_[index].expanded;
  parent.bytes += nodes_[index].bytes;
  parent.height = std::max(parent.height, nodes_[index].height + 1);
}

bool NodeReader::fits(const DocumentNode& node) {
  expanded_count_ += node.expanded;
  expanded_bytes_ += node.bytes;
  if (expanded_count_ > DocumentLimits::nodes) {
    const std::string limit = "more than " + std::to_string(DocumentLimits::nodes) + " values";
    if (alias_count_ > 0) {
      diagnostics_.add("yaml.aliases", node.mark, limit + " once the aliases are followed");
    } else {
      diagnostics_.add("yaml.size", node.mark, limit + " in a config");
    }
    return false;
  }
  if (expanded_bytes_ > DocumentLimits::expanded_bytes) {
    diagnostics_.add("yaml.aliases", node.mark,
                     "more than 16 MiB of text once the aliases are followed");
    return false;
  }
  if (open_.size() + node.height > DocumentLimits::depth) {
    diagnostics_.add("yaml.depth", node.mark,
                     "lists and maps nested deeper than " + std::to_string(DocumentLimits::depth));
    return false;
  }
  return true;
}

bool NodeReader::add(DocumentNode node, fy_token* anchor) {
  if (!fits(node)) return false;
  if (anchor != nullptr) {
    std::size_t size = 0;
    const char* name = fy_token_get_text(anchor, &size);
    if (name != nullptr) anchors_[std::string(name, size)] = nodes_.size();
  }
  const bool closed = node.kind != DocumentNode::Kind::list && node.kind != DocumentNode::Kind::map;
  if (closed && !open_.empty()) {
    DocumentNode& parent = nodes_[open_.back()];
    parent.expanded += node.expanded;
    parent.bytes += node.bytes;
    parent.height = std::max(parent.height, node.height + 1);
  }
  node.end = nodes_.size() + 1;
  nodes_.push_back(std::move(node));
  return true;
}

void NodeReader::apply_tag(fy_token* tag, DocumentNode& node) {
  if (tag == nullptr) return;
  std::size_t size = 0;
  const char* text = fy_token_get_text(tag, &size);
  std::string_view name(text != nullptr ? text : "", text != nullptr ? size : 0);
  constexpr std::string_view core = "tag:yaml.org,2002:";
  const bool is_core = name.substr(0, core.size()) == core;
  if (is_core) name.remove_prefix(core.size());
  const bool is_text =
      node.kind == DocumentNode::Kind::scalar || node.kind == DocumentNode::Kind::null;
  const bool for_text = name == "str" || name == "int" || name == "float" || name == "bool";
  if (is_core && is_text && (for_text || name == "null")) {
    if (name == "str") {
      node.kind = DocumentNode::Kind::scalar;
      node.quoted = true;
    } else if (name == "null") {
      node.kind = DocumentNode::Kind::null;
    }
    return;
  }
  if (is_core && name == "seq" && node.kind == DocumentNode::Kind::list) return;
  if (is_core && name == "map" && node.kind == DocumentNode::Kind::map) return;
  const Mark mark = mark_of(fy_token_start_mark(tag), fy_token_end_mark(tag));
  const std::string written(
      text_.substr(fy_token_start_mark(tag)->input_pos, std::max<std::size_t>(1, mark.length)));
  diagnostics_.add("yaml.tag", mark, "tag '" + written + "' cannot be used here",
                   "a value that begins with '!' needs quotes, or '>-'");
  if (!is_text) return;
  // Read as the text it was meant to be, so that nothing is said of a value that is missing.
  const std::size_t start = fy_token_start_mark(tag)->input_pos;
  const std::size_t end = std::max(fy_token_end_mark(tag)->input_pos, last_end_.input_pos);
  node.kind = DocumentNode::Kind::scalar;
  node.text = text_.substr(start, end - start);
}

void NodeReader::report_syntax() {
  void* position = nullptr;
  while (const fy_diag_error* error = fy_diag_errors_iterate(parser_diag_.get(), &position)) {
    if (error->type != FYET_ERROR) continue;
    const Mark mark{static_cast<std::uint32_t>(std::max(1, error->line)),
                    static_cast<std::uint32_t>(std::max(1, error->column)), 1};
    const bool in_brackets = std::string_view(error->msg).find("flow") != std::string_view::npos;
    if (in_brackets && !open_.empty() && is_behind(mark, text_)) {
      diagnostics_.add("yaml.syntax", nodes_[open_.back()].mark,
                       "the text ends before this is closed", "a '}' or ']' is missing");
      return;
    }
    diagnostics_.add("yaml.syntax", mark, error->msg, syntax_hint(error->msg));
    return;
  }
  std::string message = parser_output_.substr(0, parser_output_.find('\n'));
  const std::size_t level_end = message.find("]: ");
  if (level_end != std::string::npos) message.erase(0, level_end + 3);
  diagnostics_.add("yaml.syntax", {1, 1, 1}, message.empty() ? "not YAML" : message);
}

Mark NodeReader::mark_of(const fy_mark* start, const fy_mark* end) const {
  if (start == nullptr) return {1, 1, 1};
  Mark mark;
  mark.line = static_cast<std::uint32_t>(start->line) + 1;
  mark.column = static_cast<std::uint32_t>(start->column) + 1;
  std::size_t length = 1;
  if (end != nullptr && end->line == start->line) {
    length = static_cast<std::size_t>(end->column - start->column);
  } else {
    length = utf8_count(rest_of_line(text_, start->input_pos));
  }
  mark.length = static_cast<std::uint32_t>(std::max<std::size_t>(1, length));
  return mark;
}

Mark NodeReader::scalar_mark(fy_token* token) const {
  const fy_mark* start = fy_token_start_mark(token);
  const fy_mark* end = fy_token_end_mark(token);
  Mark mark = mark_of(start, end);
  const fy_scalar_style style = fy_scalar_token_get_style(token);
  if (style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED) {
    mark.column -= 1;  // The parser counts what is between the quotes.
    const bool one_line = end->line == start->line;
    const bool empty = end->input_pos == start->input_pos;
    mark.length = empty ? 2 : mark.length + (one_line ? 2 : 1);
  } else if (style == FYSS_LITERAL || style == FYSS_FOLDED) {
    const std::string_view line = rest_of_line(text_, start->input_pos);
    const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
    mark.column += static_cast<std::uint32_t>(indent);
    mark.length = static_cast<std::uint32_t>(std::max<std::size_t>(1, line.size() - indent));
  }
  return mark;
}

/// A missing value has no token: in a map it takes the place of its key, in a list that of its
/// dash, which is what follows the last token.
Mark NodeReader::mark_of_nothing() {
  if (open_.empty()) return {1, 1, 1};
  if (nodes_[open_.back()].kind == DocumentNode::Kind::map) return nodes_.back().mark;
  bool in_comment = false;
  for (; last_end_.input_pos < text_.size(); ++last_end_.input_pos, ++last_end_.column) {
    const char c = text_[last_end_.input_pos];
    const bool line_end =
        c == '\n' || (c == '\r' && text_.substr(last_end_.input_pos, 2) != "\r\n");
    if (line_end) {
      ++last_end_.line;
      last_end_.column = -1;  // The loop counts the line end itself.
      in_comment = false;
    } else if (c == '#') {
      in_comment = true;
    } else if (c != ' ' && c != '\t' && c != '\r' && !in_comment) {
      if (c != '-') break;
      const fy_mark dash = last_end_;
      ++last_end_.input_pos;
      ++last_end_.column;
      return mark_of(&dash, &last_end_);
    }
  }
  return nodes_[open_.back()].mark;
}

}  // namespace

std::optional<std::vector<DocumentNode>> read_nodes(std::string_view text,
                                                    Diagnostics& diagnostics) {
  NodeReader reader(text, diagnostics);
  if (!reader.read()) return std::nullopt;
  return reader.take_nodes();
}

}  // namespace sluice
