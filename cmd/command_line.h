#pragma once

// Names of CLI11 for headers: its whole takes a compiler seconds, and most of the room only
// passes them on. What adds options includes <CLI/CLI.hpp>.
namespace CLI {
class App;
class Option;
}  // namespace CLI
