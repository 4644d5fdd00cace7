import Commands
import Glibc

StandardDescriptors.fill()
exit(Program(environment: Program.environment).run(Array(CommandLine.arguments.dropFirst())).rawValue)
