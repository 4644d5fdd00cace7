/// Sixty-four random bits a call: the one seam through which chance enters.
package typealias RandomSource = @Sendable () -> UInt64
