"""One file a subcommand: `add_arguments(parser)` and `main(args) -> exit code`. Imported only when it was asked for."""
