import Commands
import Glibc

exit(Program(environment: Program.environment).run(Array(CommandLine.arguments.dropFirst())).rawValue)
