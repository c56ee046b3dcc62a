//! later
#[derive(Default)]
pub(super) struct Overview {}
impl Overview {
    pub(super) fn ui(
        &mut self,
        _ui: &mut egui::Ui,
        _view: &crate::context::ViewContext<'_>,
        _key: &crate::route::MachineKey,
        _host: &libvirt_backend::model::HostModel,
        _machine: &libvirt_backend::model::Machine,
    ) {
    }
}
