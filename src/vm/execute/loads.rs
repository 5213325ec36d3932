//! Moves between registers, constants and upvalues.

use super::machine::handlers;
use crate::gc;
use crate::value::Value;
use crate::value::number::integer_to_float;

handlers! {
    fn copy(m, i) {
        m.give(i, m.b(i))
    }

    fn integer(m, i) {
        m.give(i, Value::integer(i.sbx() as i64))
    }

    fn float(m, i) {
        m.give(i, Value::float(integer_to_float(i.sbx() as i64)))
    }

    fn constant(m, i) {
        m.give(i, m.constant(i.bx()))
    }

    fn far_constant(m, i) {
        let n = m.extra_argument();
        m.give(i, m.constant(n))
    }

    fn load_false(m, i) {
        m.give(i, Value::FALSE)
    }

    fn false_and_skip(m, i) {
        m.a(i).set(Value::FALSE);
        m.skip()
    }

    fn load_true(m, i) {
        m.give(i, Value::TRUE)
    }

    fn nils(m, i) {
        for n in 0..=i.b() {
            m.a(i).at(n).set_nil();
        }
        m.next()
    }

    fn get_upvalue(m, i) {
        m.give(i, m.closure().upvalue(i.b()).get())
    }

    fn set_upvalue(m, i) {
        let v = m.a(i).get();
        let u = m.closure().upvalue(i.b());
        u.set(v);
        if gc::is_barrier_due(u, v) {
            return m.go(upvalue_barrier, i);
        }
        m.next()
    }

    #[cold]
    #[inline(never)]
    fn upvalue_barrier(m, i) {
        gc::barrier(m.l.global(), m.closure().upvalue(i.b()), m.a(i).get());
        m.next()
    }
}
